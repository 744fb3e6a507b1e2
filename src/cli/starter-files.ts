/** What `init` was asked for. */
export interface Starter {
  /** Of the package. */
  readonly name: string
  /** Of polywire. */
  readonly version: string
  readonly manager: PackageManager
  /** The host of a workflow that runs the test. */
  readonly ci: 'github' | undefined
}

export type PackageManager = keyof typeof managers

/** The files of a service. */
export interface StarterCode {
  /** By path, from the root of the project. */
  readonly files: Readonly<Record<string, string>>
  /** The test, as it is compiled. */
  readonly test: string
  /** What polywire.json has of contracts. */
  readonly settings: object
  /** What each file of the sources is, for the README. */
  readonly described: Readonly<Record<string, string>>
  /** A call for the README. */
  readonly call: string | undefined
}

interface Commands {
  readonly install: string
  /** Runs a program of the project. */
  readonly exec: string
  /** Runs a script. */
  readonly run: string
  readonly start: string
  readonly test: string
  readonly lockFile: string
  /** Installs what the lock file says. */
  readonly frozen: string
  /** The same without what only a build needs. */
  readonly production: string
  /** What a machine with Node alone needs before. */
  readonly setup: string | undefined
}

const managers = {
  npm: {
    install: 'npm install',
    exec: 'npx',
    run: 'npm run',
    start: 'npm start',
    test: 'npm test',
    lockFile: 'package-lock.json',
    frozen: 'npm ci',
    production: 'npm ci --omit=dev',
    setup: undefined,
  },
  pnpm: {
    install: 'pnpm install',
    exec: 'pnpm exec',
    run: 'pnpm run',
    start: 'pnpm start',
    test: 'pnpm test',
    lockFile: 'pnpm-lock.yaml',
    frozen: 'pnpm install --frozen-lockfile',
    production: 'pnpm install --frozen-lockfile --prod',
    setup: 'corepack enable',
  },
  yarn: {
    install: 'yarn',
    exec: 'yarn',
    run: 'yarn run',
    start: 'yarn start',
    test: 'yarn test',
    lockFile: 'yarn.lock',
    frozen: 'yarn install --frozen-lockfile',
    production: 'yarn install --frozen-lockfile --production',
    setup: 'corepack enable',
  },
  bun: {
    install: 'bun install',
    exec: 'bunx',
    run: 'bun run',
    start: 'bun run start',
    test: 'bun run test',
    lockFile: 'bun.lock',
    frozen: 'bun install --frozen-lockfile',
    production: 'bun install --frozen-lockfile --production',
    setup: 'npm install --global bun',
  },
} as const satisfies Readonly<Record<string, Commands>>

export const packageManagers = Object.keys(managers) as readonly PackageManager[]

/** What to type once the files are there. */
export function firstSteps(manager: PackageManager): string {
  const { install, test, start } = managers[manager]
  return `${install} && ${test} && ${start}`
}

export function dockerfile(manager: PackageManager): string {
  const { lockFile, frozen, production, run, setup } = managers[manager]
  const before = setup === undefined ? '' : `RUN ${setup}\n`
  return `FROM node:22-slim AS build
WORKDIR /app
${before}COPY package.json ${lockFile} ./
RUN ${frozen}
COPY tsconfig.json ./
COPY src src
COPY test test
RUN ${run} build

FROM node:22-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
${before}COPY package.json ${lockFile} ./
RUN ${production}
COPY --from=build /app/dist/src dist/src
USER node
EXPOSE 8080
HEALTHCHECK CMD ["npx", "polywire", "health", ":8080", "-q"]
CMD ["node", "dist/src/server.js"]
`
}

/** A workflow of GitHub that installs and tests. */
export function workflow(manager: PackageManager): string {
  const { frozen, test, setup } = managers[manager]
  const before = setup === undefined ? '' : `      - run: ${setup}\n`
  return `name: test
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
${before}      - run: ${frozen}
      - run: ${test}
`
}

export function readme({ name, manager }: Starter, { described, call }: StarterCode): string {
  const { install, test, start, run, exec } = managers[manager]
  const rows = Object.entries(described).map(([file, text]) => `| \`${file}\` | ${text} |`)
  const calls = call === undefined ? '' : `${exec} polywire call dev ${call}\n`
  return `# ${name}

\`\`\`sh
${install}
${test}
${start}
\`\`\`

While it runs, in a second terminal:

\`\`\`sh
${exec} polywire ls dev
${calls}${run} client
\`\`\`

| file | what it is |
| --- | --- |
${rows.join('\n')}
| \`polywire.json\` | the targets and contracts that \`polywire\` knows by name |
`
}
