// Remotes and services in inversify's container. Apart from `polywire`, since importing inversify takes longer than all else together.
export { Remote, type RemotesOptions, remote, remotes } from './remotes.js'
export { type ServiceScope, type ServicesOptions, services } from './services.js'
