// Fleets of processes that are killed, stopped and slowed down under load; etcd-server has to be installed. .ci/run gives it five minutes.
export default {
  files: ['build/test/chaos/**/*.test.js'],
  nodeArguments: ['--conditions=polywire-development'],
  timeout: '180s',
  concurrency: 2,
}
