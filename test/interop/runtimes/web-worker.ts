import { callFromWeb, type WebPlaces } from './web-calls.js'

/** Calls the server that the request names. */
const worker = {
  fetch: async (request: Request): Promise<Response> =>
    Response.json(await callFromWeb((await request.json()) as WebPlaces)),
}

export { worker as default }
