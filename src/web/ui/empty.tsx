// Nothing is here yet: why, and the command that changes it.

import { useState } from 'preact/hooks';

export function Empty({ what, command }: { what: string; command?: string }) {
  return (
    <div class="empty-state">
      <p>{what}</p>
      {command !== undefined && <Command text={command} />}
    </div>
  );
}

/** A command to copy. */
export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <p class="command">
      <code>{text}</code>
      {/* Browsers give the clipboard to pages of this machine and of https alone. */}
      {window.isSecureContext && (
        <button type="button" onClick={copy} aria-label={`copy: ${text}`}>
          {copied ? 'copied' : 'copy'}
        </button>
      )}
    </p>
  );
}
