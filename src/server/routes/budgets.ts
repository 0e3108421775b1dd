// The standing budgets and what was decided for them, as joulebook budget status|list|log --json tell it.
//
// A budget that cannot be used is a warning here: the command prints it and fails, a page shows the others.

import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { budgetStatus } from '../../app/budget-status.ts';
import { type StandingBudgets, standingBudgets } from '../../app/budgets.ts';
import { settingsOf } from '../../app/settings.ts';
import { budgetStatus as status } from '../contract/budgets.ts';
import { decisionLogAsked, decisionLog as log } from '../contract/decisions.ts';
import type { Documents } from '../documents/makers.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

export function addBudgets(app: FastifyInstance, { ledger, now }: Served, documents: Documents): void {
  const stand = { path: '/api/budgets', summary: 'The standing budgets: what is spent, and what comes of it' };
  endpoint(app, { ...stand, question: v.strictObject({}), answer: status }, async () => {
    const { standing, faults } = standingBudgets(await settingsOf({ ledger }));
    const made = await budgetStatus(ledger, standing, now());
    return { ...made, warnings: [...unusable(faults), ...made.warnings] };
  });
  const decided = { path: '/api/budgets/log', summary: 'What was decided about runs, and what that saved' };
  endpoint(app, { ...decided, question: decisionLogAsked, answer: log }, (asked) => documents.make('decisions', asked));
}

const unusable = (faults: StandingBudgets['faults']) =>
  faults.map(({ code, message, hint }) => ({ code, message: `${message}: ${hint}` }));
