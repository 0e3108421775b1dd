// Lines that only say what the job does: it saves a checkpoint, or evaluates. They stand in every format's stream.
//
// A line closes the time before it: "saving" marks the beginning, "saved" the end of the time a checkpoint takes.

import { type LogFormat, stepOf } from '../step.ts';

const LONGEST = 4096;
const SAVING =
  /\b(?:[Ss]av(?:ing|ed)|[Ww]r(?:iting|ote)|[Ss]tored)\b[^{}]{0,60}\b(?:checkpoint|Checkpoint|model to|weights to)|[Cc]heckpoint[^{}]{0,60}\b(?:is about to be saved|saved)\b/;
/** Plans, settings, refusals and failures save nothing. */
const NOT =
  /\b(?:every|will|not|skip\w*|fail\w*|error|interval|cannot|can't|unable|without|before|if (?!async)|load\w*)\b/i;
const EVALUATING = /\*{5} Running (?:Evaluation|evaluation)|^Validating \.\.\.|\bEvaluating (?:iter |on )\d/;

export const phases: LogFormat = {
  name: 'phases',
  trust: 'guess',
  markers: ['kpoint', 'Epoch ', 'Evaluati', 'Validati', 'weights to'],
  open:
    () =>
    ({ text, at_ms }) => {
      if (text.length > LONGEST) return null;
      if (SAVING.test(text)) return NOT.test(text) ? null : stepOf(at_ms, { phase: 'checkpoint' });
      return EVALUATING.test(text) ? stepOf(at_ms, { phase: 'eval' }) : null;
    },
};
