// The state of a run: its word, and a sign of its colour.

import './state.css';

export const State = ({ state }: { state: string }) => <span class={`state ${state}`}>{state}</span>;
