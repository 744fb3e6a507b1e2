export { type FetchOptions, fetchHandler } from './handler.js'
export { type HonoMiddleware, honoMiddleware } from './hono.js'
