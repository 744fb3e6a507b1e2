// The console in a real browser: Debian's chromium, or the one that CHROMIUM names. .ci/run installs it.
export default {
  files: ['build/test/browser/**/*.test.js'],
  nodeArguments: ['--conditions=polywire-development'],
  timeout: '240s',
  concurrency: 1,
}
