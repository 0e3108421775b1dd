// A word that tells more when it is pointed at, focused or touched. It lies above everything, so no scroller cuts it off.

import { type ComponentChildren, createContext } from 'preact';
import { useContext, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Whether tips can be reached by Tab; in a long table only those of the row that the keyboard is on. */
export const Reachable = createContext(true);

const AIR_PX = 6;

export function Tip({ text, children }: { text: string; children: ComponentChildren }) {
  // The word that was pointed at. A table has hundreds of tips: what a bubble needs is made when one opens.
  const [word, setWord] = useState<HTMLElement | null>(null);
  const reachable = useContext(Reachable);
  const open = ({ currentTarget }: { currentTarget: HTMLElement }) => setWord(currentTarget);
  const close = () => setWord(null);
  return (
    <>
      <button
        type="button"
        class="tip"
        tabIndex={reachable ? 0 : -1}
        onPointerEnter={(event) => event.pointerType === 'mouse' && open(event)}
        onPointerLeave={(event) => event.pointerType === 'mouse' && close()}
        onFocus={open}
        onBlur={close}
        onClick={open}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || word === null) return;
          event.stopPropagation();
          close();
        }}
      >
        {children}
      </button>
      {word !== null && <Bubble text={text} word={word} close={close} />}
    </>
  );
}

function Bubble({ text, word, close }: { text: string; word: HTMLElement; close: () => void }) {
  const told = useRef<HTMLSpanElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    told.current!.showPopover();
    place(told.current!, word.getBoundingClientRect());
    word.setAttribute('aria-describedby', id);
    // What scrolls takes the word away from under it.
    addEventListener('scroll', close, { capture: true, once: true });
    return () => {
      word.removeAttribute('aria-describedby');
      removeEventListener('scroll', close, { capture: true });
    };
  }, [word]);
  return (
    <span class="bubble" role="tooltip" id={id} ref={told} popover="manual">
      {text}
    </span>
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
