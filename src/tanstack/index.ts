export { mutationOptions, type RemoteMutation } from './mutation-options.js'
export type { RemoteKey } from './query-key.js'
export { queryOptions, type RemoteQuery } from './query-options.js'
export { type RemoteStreamQuery, streamOptions } from './stream-options.js'
