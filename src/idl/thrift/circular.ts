import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { Refusal } from '../refusal.js'

/** Includes stand at the start of a file, one a line. */
const form = /^[ \t]*include[ \t]+(["'])(.+?)\1/gm

/**
 * Refuses files that include each other, which crash the Thrift compiler.
 * @param folders of -I
 * @throws Refusal that names the circle
 */
export async function refuseCircles(path: string, folders: readonly string[]): Promise<void> {
  const done = new Set<string>()
  async function visit(file: string, trail: readonly string[]): Promise<void> {
    const circle = trail.indexOf(file)
    if (circle >= 0) {
      const names = [...trail.slice(circle), file].map(one => relative(process.cwd(), one))
      throw new Refusal(path, 'its includes', `they are circular: ${names.join(' includes ')}`)
    }
    if (done.has(file)) return
    // What cannot be read is for the compiler to say.
    const text = await readFile(file, 'utf8').catch(() => '')
    for (const [, , name = ''] of text.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(form)) {
      const found = [dirname(file), ...folders].map(folder => resolve(folder, name)).find(existsSync)
      if (found !== undefined) await visit(found, [...trail, file])
    }
    done.add(file)
  }
  await visit(resolve(path), [])
}
