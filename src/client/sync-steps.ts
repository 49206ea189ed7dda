import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { GroupRef } from '../domain/spec.js';
import { syncRunId } from '../workflows/messages.js';

/**
 * Tells what a running sync does, step by step, as it happens: the summaries that its steps carry (`send dr.stage.silver @v42`)
 * are in the workflow's history from the moment they are scheduled.
 */
export class SyncSteps {
  readonly #client: Client;
  readonly #ref: GroupRef;
  #runId: string | null = null;
  #told = new Set<string>();

  constructor(client: Client, ref: GroupRef) {
    this.#client = client;
    this.#ref = ref;
  }

  /** Steps that began since the last call. */
  async next(): Promise<readonly string[]> {
    const handle = this.#client.workflow.getHandle(syncRunId(this.#ref));
    try {
      const { runId } = await handle.describe();
      // A later sync of the group has the same id, and a history of its own.
      if (runId !== this.#runId) this.#told.clear();
      this.#runId = runId;
      const { events } = await handle.fetchHistory();
      const summaries = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes, userMetadata }) =>
        activityTaskScheduledEventAttributes == null || userMetadata?.summary == null
          ? []
          : [String(defaultPayloadConverter.fromPayload(userMetadata.summary))],
      );
      // A clone is started, awaited and finished by steps of one summary: it is one thing to whoever watches.
      const fresh = [...new Set(summaries)].filter((summary) => !this.#told.has(summary));
      for (const summary of fresh) this.#told.add(summary);
      return fresh;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return [];
      throw error;
    }
  }
}
