import { callFromWeb, type WebPlaces } from './web-calls.js'

// The test calls it from outside, and strings are the same on both sides.
Object.assign(globalThis, {
  callFromWeb: async (places: WebPlaces) => JSON.stringify(await callFromWeb(places)),
})
