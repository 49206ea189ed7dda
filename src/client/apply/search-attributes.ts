import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import { searchAttributes } from '../../workflows/messages.js';
import { CliError, exitCodes } from '../exit.js';

/** Temporal's own numbers of the types that the product uses (`temporal.api.enums.v1.IndexedValueType`). */
const indexedValueTypes: Partial<Readonly<Record<SearchAttributeType, number>>> = {
  [SearchAttributeType.KEYWORD]: 2,
  [SearchAttributeType.DATETIME]: 6,
};

const wanted = Object.values(searchAttributes).map(({ name, type }) => ({
  name,
  type,
  number: indexedValueTypes[type] ?? 0,
}));

/**
 * Names of the search attributes that the namespace lacks.
 *
 * @throws CliError exit code 3 when one exists with another type, which can't be changed
 */
export async function missingSearchAttributes(client: Client): Promise<string[]> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
    namespace: client.options.namespace,
  });
  const wrong = wanted.find(({ name, number }) => (customAttributes[name] ?? number) !== number);
  if (wrong !== undefined) {
    throw new CliError(
      exitCodes.refused,
      `The search attribute ${wrong.name} exists with another type than ${wrong.type}.`,
      `Remove it with \`temporal operator search-attribute remove --name ${wrong.name}\`, or use another namespace.`,
    );
  }
  return wanted.filter(({ name }) => customAttributes[name] === undefined).map(({ name }) => name);
}

/** @throws CliError exit code 3 where the namespace does not let its clients add any */
export async function addSearchAttributes(client: Client, names: readonly string[]): Promise<void> {
  const chosen = wanted.filter(({ name }) => names.includes(name));
  try {
    await client.connection.operatorService.addSearchAttributes({
      namespace: client.options.namespace,
      searchAttributes: Object.fromEntries(chosen.map(({ name, number }) => [name, number])),
    });
  } catch (cause) {
    if (!isGrpcServiceError(cause)) throw cause;
    const list = chosen.map(({ name, type }) => `${name} (${type})`).join(', ');
    throw new CliError(
      exitCodes.refused,
      `Temporal does not let this client add search attributes (${cause.details}).`,
      `Let an administrator of the namespace add ${list}, then apply again.`,
      { cause },
    );
  }
}
