import { serveEverywhere } from './serving.js'
import { TellingSightings } from './telling.js'

const { places } = await serveEverywhere(process.argv.at(-1) as string, new TellingSightings())
console.log(JSON.stringify({ places }))
