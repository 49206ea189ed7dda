/**
 * Imported before the SQL driver. Its Thrift library makes a buffer by the old constructor for every field that it writes,
 * and for each of a process's first ten thousand Node captures a stack to see whose call it is, and whether to warn of it:
 * half a second of CPU in the first statements. Once Node believes to have warned it asks no more.
 */
function pretendWarning(): void {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  new Buffer(0);
  process.noDeprecation = noDeprecation ?? false;
}

pretendWarning();
