import { callEverywhere } from './calling.js'
import { RemoteWitness } from './remote-witness.js'

const { over, places, control } = JSON.parse(process.argv.at(-1) as string)
const found = await callEverywhere(over, places, new RemoteWitness(control))
console.log(JSON.stringify({ found }))
process.exit(0)
