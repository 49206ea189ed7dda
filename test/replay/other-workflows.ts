/** Workflows of the product's type names that do something else: what a careless change of workflow code looks like. */
import { sleep } from '@temporalio/workflow';

const somethingElse = async (): Promise<void> => {
  await sleep('1 second');
};

export const protectGroup = somethingElse;
export const syncRun = somethingElse;
export const switchOver = somethingElse;
export const syncTick = somethingElse;
