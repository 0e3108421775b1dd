// Light, dark, or as the system has it.

import { setTheme, type Theme, theme } from './inks.ts';

const NAMES: Readonly<Record<Theme, string>> = { system: 'system', light: 'light', dark: 'dark' };

export function ThemeSwitch() {
  return (
    <label class="theme" aria-label="Colours">
      <span>Colours: </span>
      <select value={theme.value} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
        {Object.entries(NAMES).map(([name, told]) => (
          <option key={name} value={name}>
            {told}
          </option>
        ))}
      </select>
    </label>
  );
}
