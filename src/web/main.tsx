// The page's beginning.

import { render } from 'preact';
import './ui/inks.ts';
import { App } from './app.tsx';

render(<App />, document.getElementById('app')!);
