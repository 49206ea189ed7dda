/**
 * Imported before the SQL translator, whose WebAssembly is compiled as it is imported: V8's optimizing compiler would
 * spend about five seconds of CPU on its few, huge functions in the first statements, and never earn them back.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--liftoff-only');
