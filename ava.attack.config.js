// Attacks on live servers beside a good client, which has to notice nothing.
export default {
  files: ['build/test/attack/**/*.test.js'],
  nodeArguments: ['--conditions=polywire-development'],
  timeout: '120s',
  // One after the other: two servers under attack on two cores would be late for each other.
  concurrency: 1,
}
