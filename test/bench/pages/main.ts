// Writes the pages again from the results that are there.
import { writePages } from './write.js'

await writePages()
