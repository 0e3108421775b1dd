// How a statement writes numbers, units and intervals, and keeps texts from being mark-up: in LaTeX and in Markdown.

export interface Style {
  /** A text in which nothing is mark-up. */
  plain(text: string): string;
  readonly co2e: string;
  readonly dash: string;
  /** Between a number and its unit. */
  readonly thin: string;
}

export const LATEX: Style = { plain: escapeLatex, co2e: 'CO$_2$e', dash: '--', thin: '~' };
export const MARKDOWN: Style = { plain: escapeMarkdown, co2e: 'CO₂e', dash: '–', thin: ' ' };

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** "(90 % interval 1.00–2.00 kg)": ends divided by `per`, in `unit`. */
export function interval(
  { low, high }: Range,
  { per, unit, style }: { per: number; unit: string; style: Style },
): string {
  const percent = style.plain('%');
  return `(90${style.thin}${percent} interval ${three(low / per)}${style.dash}${three(high / per)}${style.thin}${unit})`;
}

/** Of what is written: 999.9 g are 1.00 kg. */
function massUnit(grams: number): { unit: string; per: number } {
  const written = Number(grams.toPrecision(3));
  return written >= 1e6 ? { unit: 't', per: 1e6 } : written >= 1000 ? { unit: 'kg', per: 1000 } : { unit: 'g', per: 1 };
}

export const mass = (grams: number, { co2e, thin }: Style) =>
  `${three(grams / massUnit(grams).per)}${thin}${massUnit(grams).unit}${thin}${co2e}`;

/** As interval(), of g CO2e, in the unit that mass() writes the value in. */
export function massInterval(figure: Range & { readonly value: number }, style: Style): string {
  const { unit, per } = massUnit(figure.value);
  return interval(figure, { per, unit: `${unit}${style.thin}${style.co2e}`, style });
}

export const amount = (value: number, unit: string, { thin }: Style) => `${three(value)}${thin}${unit}`;

/** Three significant digits, without an exponent. */
export function three(value: number): string {
  const written = Number(value.toPrecision(3));
  if (written === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(written))));
  return written.toFixed(Math.min(digits, 20));
}

const LATEX_MARKS: Readonly<Record<string, string>> = {
  ...{ '\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}', '“': '``', '”': "''" },
  ...{ '–': '--', '—': '---', '<': '\\textless{}', '>': '\\textgreater{}', '|': '\\textbar{}', '₂': '$_2$' },
};

function escapeLatex(text: string): string {
  return text.replace(/[\\{}$&#%_~^<>|“”–—₂\p{Cc}]/gu, (c) => LATEX_MARKS[c] ?? (/\p{Cc}/u.test(c) ? ' ' : `\\${c}`));
}

function escapeMarkdown(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').replace(/[\\`*_[\]<>#|~$]/g, (c) => `\\${c}`);
}
