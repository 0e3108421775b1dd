// Every known format, in the order in which a line is offered to those that have not been seen in its stream.

import type { LogFormat } from '../step.ts';
import { csv } from './csv.ts';
import { deepspeed } from './deepspeed.ts';
import { detectron2 } from './detectron2.ts';
import { hfDict } from './hf-dict.ts';
import { jsonLines } from './json-lines.ts';
import { keras } from './keras.ts';
import { keyValue } from './key-value.ts';
import { litgpt } from './litgpt.ts';
import { maxtext } from './maxtext.ts';
import { megatron } from './megatron.ts';
import { mmengine } from './mmengine.ts';
import { nanogpt } from './nanogpt.ts';
import { nemo } from './nemo.ts';
import { progressBar } from './progress-bar.ts';
import { richBar } from './rich-bar.ts';
import { timm } from './timm.ts';
import { torchtitan } from './torchtitan.ts';

export const FORMATS: readonly LogFormat[] = [
  ...[jsonLines, hfDict, nemo, megatron, torchtitan, maxtext, nanogpt, litgpt, keras, mmengine, detectron2, timm],
  ...[deepspeed, progressBar, richBar, csv, keyValue],
];

/** Names that --log-format takes beside auto and none. */
export const FORMAT_NAMES: readonly string[] = FORMATS.map(({ name }) => name);
