export { connect, listen } from '../harness/frames.js'
