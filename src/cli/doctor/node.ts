import type { Check } from './check.js'

/** As `engines` in package.json. */
const oldest = [20, 19] as const

export const checkNode: Check = async () => {
  const { node } = process.versions
  const [major = 0, minor = 0] = node.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1]))
    return [{ id: 'node', state: 'ok', message: `${node}, needs ${oldest.join('.')} or later` }]
  return [{ id: 'node', state: 'FAIL', message: `${node}; polywire needs ${oldest.join('.')} or later` }]
}
