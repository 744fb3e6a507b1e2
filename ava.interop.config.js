// Tests against programs that are not on every machine; .ci/run installs them.
export default {
  files: ['build/test/interop/**/*.test.js'],
  nodeArguments: ['--conditions=polywire-development'],
  timeout: '180s',
  concurrency: 2,
}
