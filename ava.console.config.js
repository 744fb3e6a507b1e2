// The console in a real browser: Debian's chromium, or the one that CHROMIUM names. .ci/run installs it.
// With POLYWIRE_CONSOLE=packed (npm run console:package) the same tests run against the packed tarball.
const room = process.env.POLYWIRE_CONSOLE === 'packed' ? 'browser/packed' : 'browser'

export default {
  files: [`build/test/${room}/*.test.js`],
  nodeArguments: ['--conditions=polywire-development'],
  timeout: room === 'browser' ? '240s' : '1200s',
  concurrency: 1,
}
