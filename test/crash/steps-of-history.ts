import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

type Payload = temporal.api.common.v1.IPayload;
type Event = temporal.api.history.v1.IHistoryEvent;

/** What an activity's order may tell of what it works on; every kind of order has some of these. */
interface Order {
  readonly hop?: string;
  readonly region?: string;
  readonly table?: { readonly primary?: string };
  readonly entry?: { readonly targetTable?: string };
  readonly rows?: readonly { readonly event?: string }[];
  readonly kind?: string;
}

/** A step of a sync by what it does, the same for every run: `startClone send dr.stage.silver`. */
export function stepName(activityType: string, input: readonly Payload[]): string {
  const [order, mail] = input.map((payload) => defaultPayloadConverter.fromPayload<Order | null>(payload));
  const what = [
    order?.hop,
    order?.table?.primary ?? order?.entry?.targetTable,
    order?.rows?.at(-1)?.event,
    activityType === 'notify' ? mail?.kind : undefined,
  ];
  return [activityType, ...what.filter((word) => word !== undefined)].join(' ');
}

/** The steps that completed in a history, in this order; those that are told apart by nothing else are counted. */
export function completedSteps(events: readonly Event[]): string[] {
  const scheduled = new Map(
    events.flatMap(({ eventId, activityTaskScheduledEventAttributes: step }) =>
      step ? [[String(eventId), stepName(step.activityType?.name ?? '', step.input?.payloads ?? [])] as const] : [],
    ),
  );
  const names = events.flatMap(({ activityTaskCompletedEventAttributes: step }) => {
    const name = step ? scheduled.get(String(step.scheduledEventId)) : undefined;
    return name === undefined ? [] : [name];
  });
  return numbered(names);
}

/** The second `x` becomes `x #2`. */
export function numbered(names: readonly string[]): string[] {
  const count = new Map<string, number>();
  return names.map((name) => {
    const seen = (count.get(name) ?? 0) + 1;
    count.set(name, seen);
    return seen === 1 ? name : `${name} #${seen}`;
  });
}
