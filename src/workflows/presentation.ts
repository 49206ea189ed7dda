/** What the Temporal Web UI shows of a group: current details in Markdown, and typed search attributes. */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { stateWord } from '../domain/group/status.js';
import type { PointSummary } from '../domain/point.js';
import type { Entity } from './entity/entity.js';
import { searchAttributes } from './messages.js';

/** Shows where the group stands. Search attributes are written only where they changed: each is a history event. */
export function present(entity: Entity): void {
  setCurrentDetails(details(entity));
  const { state, phase } = entity;
  const [point] = state.points;
  const known = workflowInfo().typedSearchAttributes;
  const runId = point?.source.kind === 'run' ? point.source.runId : undefined;
  const recoveryPoint = point ? new Date(point.runEndTime) : undefined;
  const word = stateWord(state, phase);

  if (known.get(searchAttributes.workspace) === undefined) {
    upsertSearchAttributes([
      { key: searchAttributes.workspace, value: state.workspace },
      { key: searchAttributes.group, value: state.group },
    ]);
  }
  if (known.get(searchAttributes.state) !== word)
    upsertSearchAttributes([{ key: searchAttributes.state, value: word }]);
  if (known.get(searchAttributes.activeRegion) !== state.activeRegion) {
    upsertSearchAttributes([{ key: searchAttributes.activeRegion, value: state.activeRegion }]);
  }
  if (runId !== undefined && known.get(searchAttributes.lastRunId) !== runId) {
    upsertSearchAttributes([{ key: searchAttributes.lastRunId, value: runId }]);
  }
  if (recoveryPoint && known.get(searchAttributes.recoveryPoint)?.getTime() !== recoveryPoint.getTime()) {
    upsertSearchAttributes([{ key: searchAttributes.recoveryPoint, value: recoveryPoint }]);
  }
}

function details({ state, phase, ref }: Entity): string {
  const [point] = state.points;
  const lines = [
    `### ${ref.group}`,
    `**${stateWord(state, phase)}**, job active in the **${state.activeRegion}** region, epoch ${state.epoch}`,
    point
      ? `Recovery point: ${pointName(point)}, ended ${iso(point.runEndTime)}, published ${iso(point.publishedAt)}`
      : 'No recovery point yet.',
  ];
  if (state.lastLook && state.lastLook.runsBehind > 0) lines.push(`${state.lastLook.runsBehind} complete runs behind`);
  if (state.held) {
    lines.push(`Held since ${iso(state.held.since)}: \`${state.held.code}\` ${state.held.message}`);
    if (state.held.remedy) lines.push(`*What to do:* ${state.held.remedy}`);
  } else if (state.lastError) {
    lines.push(`Last error ${iso(state.lastError.at)}: \`${state.lastError.code}\` ${state.lastError.message}`);
  }
  if (state.fence && state.fence.confirmedAt === null)
    lines.push(`The job in the ${state.fence.region} is not fenced yet.`);
  if (state.ignoredSignals > 0) lines.push(`${state.ignoredSignals} signals could not be understood.`);
  return lines.join('\n\n');
}

const pointName = ({ source }: PointSummary): string =>
  source.kind === 'run' ? `run ${source.runId}${source.repairId ? ` (repair ${source.repairId})` : ''}` : 'snapshot';

const iso = (ms: number): string => new Date(ms).toISOString();
