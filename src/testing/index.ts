// What tests of services and of their callers need: `import { pair, recorder, faults, VirtualClock } from 'polywire/testing'`.
export { type FaultOptions, faults } from './faults.js'
export { type Pair, type PairOptions, pair } from './pair.js'
export { type RecordedCall, type Recorder, recorder } from './recorder.js'
export { VirtualClock } from './virtual-clock.js'
