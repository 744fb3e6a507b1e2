/** The pages, each with the key that follows `g`. */
export const pages = [
  { id: 'overview', label: 'Overview', key: 'o' },
  { id: 'method', label: 'Methods', key: 'm' },
  { id: 'try', label: 'Try it', key: 't' },
  { id: 'clients', label: 'Clients', key: 'c' },
  { id: 'server', label: 'Server', key: 's' },
  { id: 'config', label: 'Config', key: 'f' },
] as const
