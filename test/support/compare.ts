/** Comparing tables with the engine's own record of truth: the oracle of promise 1. */
export { differencesBetween, differencesFrom, truthOf } from '../../demo/proof.js';
