// Tests of the packed tarball, installed in an empty folder. It has to be built: `npm run test:package`.
export default {
  files: ['build/test/package/**/*.test.js'],
  nodeArguments: ['--conditions=polywire-development'],
  timeout: '240s',
  // Bundlers load native modules, which in a worker thread could take all tests along.
  workerThreads: false,
  // One file after the other: the matrix of toolchains uses both cores itself.
  concurrency: 1,
}
