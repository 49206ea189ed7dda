import { describe, expect, it } from 'vitest';
import { initialState, stateSchemaVersion, upgradeState } from '../../src/domain/group/state.js';

const state = initialState({ workspace: 'w', group: 'g' }, 'controller');

describe('state carried from life to life', () => {
  it('of this schema is read as it is, after a way through JSON', () => {
    expect(upgradeState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it('of a worker that did not watch ages yet is completed', () => {
    const { rpo: _rpo, warnings: _warnings, seen: _seen, ...earlier } = state;
    expect(upgradeState(earlier)).toEqual(state);
  });

  it('of a newer schema is refused: an older worker must not rewrite what it does not understand', () => {
    expect(upgradeState({ ...state, schemaVersion: stateSchemaVersion + 1 })).toBeNull();
  });

  it.each([[{}], [{ schemaVersion: '1' }]])('without a version (%j) is refused', (carried) => {
    expect(upgradeState(carried)).toBeNull();
  });
});
