import { callFromWeb } from './web-calls.js'

console.log(JSON.stringify({ found: await callFromWeb(JSON.parse(process.argv.at(-1) as string)) }))
process.exit(0)
