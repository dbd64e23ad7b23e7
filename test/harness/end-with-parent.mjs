/**
 * Loaded before a program that a test starts: its input is a pipe that only the test's process holds, so its end is the end of that
 * process, however it ended. The program goes with it, as it is.
 */
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.resume();
process.stdin.unref();
