// A word that tells more when it is pointed at, focused or touched. It lies above everything, so no scroller cuts it off.

import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';

/** Whether tips can be reached by Tab; in a long table only those of the row that the keyboard is on. */
export const Reachable = createContext(true);

const AIR_PX = 6;

export function Tip({ text, children }: { text: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const reachable = useContext(Reachable);
  const word = useRef<HTMLButtonElement>(null);
  const told = useRef<HTMLSpanElement>(null);
  const id = useId();
  useEffect(() => {
    const bubble = told.current;
    if (!open || bubble === null || word.current === null) return;
    bubble.showPopover();
    place(bubble, word.current.getBoundingClientRect());
    const close = () => setOpen(false);
    // What scrolls takes the word away from under it.
    addEventListener('scroll', close, { capture: true, once: true });
    return () => removeEventListener('scroll', close, { capture: true });
  }, [open]);
  return (
    <>
      <button
        type="button"
        class="tip"
        ref={word}
        tabIndex={reachable ? 0 : -1}
        aria-describedby={open ? id : undefined}
        onPointerEnter={({ pointerType }) => pointerType === 'mouse' && setOpen(true)}
        onPointerLeave={({ pointerType }) => pointerType === 'mouse' && setOpen(false)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !open) return;
          event.stopPropagation();
          setOpen(false);
        }}
      >
        {children}
      </button>
      {open && (
        <span class="bubble" role="tooltip" id={id} ref={told} popover="manual">
          {text}
        </span>
      )}
    </>
  );
}

/** Below the word, above it where there is no room, and never beyond the window. */
function place(bubble: HTMLElement, word: DOMRect): void {
  const { width, height } = bubble.getBoundingClientRect();
  const below = word.bottom + AIR_PX;
  const top = below + height < innerHeight ? below : Math.max(AIR_PX, word.top - AIR_PX - height);
  const left = Math.max(AIR_PX, Math.min(word.left, innerWidth - width - AIR_PX));
  Object.assign(bubble.style, { top: `${top}px`, left: `${left}px` });
}
