import { CliError } from './cli-error.js'

export async function run(): Promise<number> {
  throw new CliError('not yet')
}
