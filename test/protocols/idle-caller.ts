/** A program that calls each target and then leaves its connections open: `idle-caller.js <target> ...`. */
import { connect } from '../../src/index.js'
import { Greeter } from './greeter.js'

for (const target of process.argv.slice(2)) console.log(await connect(Greeter, target).greet(target))
