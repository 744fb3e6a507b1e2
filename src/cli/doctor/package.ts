import type { Check, Finding } from './check.js'
import { installedAt, type Manifest, manifestIn, satisfies } from './installed.js'

const id = 'package'

/** Whether the project lists polywire where it is needed, and has it and its peers installed. */
export const checkPackage: Check = async ({ folder }) => {
  const manifest = manifestIn(folder)
  if (manifest.name === 'polywire') return []
  const listed = listing(manifest)
  if (listed?.state === 'FAIL') return [listed]
  const place = installedAt(folder, 'polywire')
  if (place === undefined)
    return [{ id, state: 'FAIL', message: 'polywire is listed, and not installed', fix: 'npm install' }]
  const own = manifestIn(place)
  const findings = [listed, engine(manifest, own), ...peers(place, own)].filter(one => one !== undefined)
  if (findings.length > 0) return findings
  return [{ id, state: 'ok', message: `polywire ${own.version}, with the packages that it needs` }]
}

function listing(manifest: Manifest): Finding | undefined {
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest
  if ([dependencies, optionalDependencies, peerDependencies].some(list => list?.polywire !== undefined))
    return undefined
  if (devDependencies?.polywire === undefined)
    return { id, state: 'FAIL', message: 'package.json does not list polywire', fix: 'npm install polywire' }
  return {
    id,
    state: 'warn',
    message: 'polywire is in devDependencies',
    why: 'npm ci --omit=dev leaves it out, and the service does not start',
    fix: 'npm install --save-prod polywire',
  }
}

/** The project promises to run on a Node on which polywire does not. */
function engine({ engines }: Manifest, own: Manifest): Finding | undefined {
  const [, oldest] = /^\s*(?:>=|\^)\s*([\d.]+)/.exec(engines?.node ?? '') ?? []
  const needed = own.engines?.node
  if (oldest === undefined || needed === undefined || satisfies(oldest, needed)) return undefined
  return {
    id,
    state: 'warn',
    message: `engines.node is ${engines?.node}, and polywire needs ${needed}`,
    fix: `set "node": "${needed}" in package.json`,
  }
}

function peers(place: string, { peerDependencies = {}, peerDependenciesMeta = {} }: Manifest): Finding[] {
  return Object.entries(peerDependencies).flatMap(([name, range]): Finding[] => {
    const at = installedAt(place, name)
    const version = at === undefined ? undefined : manifestIn(at).version
    const fix = `npm install '${name}@${range}'`
    if (version === undefined)
      return peerDependenciesMeta[name]?.optional === true
        ? []
        : [{ id, state: 'FAIL', message: `polywire needs ${name} ${range}, which is not installed`, fix }]
    if (satisfies(version, range)) return []
    return [{ id, state: 'FAIL', message: `polywire needs ${name} ${range}, and ${version} is installed`, fix }]
  })
}
