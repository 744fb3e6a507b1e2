// A process that starts once: node worker.js <module> serve <methods> <.proto file>, or call <target> <.proto file>. It sends one message, and
// ends with its parent.

/** A library that serves and calls methods. */
export interface Starter {
  /** Declares so many methods, ten in a service, each with a request of three fields and a reply of two. @returns serves them, at the port */
  declare(methods: number, proto: string): () => Promise<number>
  /** Declares one method. @returns connects to it and calls it */
  declareClient(proto: string): (target: string) => Promise<unknown>
}

/** What a server took. Times in milliseconds, memory in bytes. */
export interface Started {
  readonly port: number
  readonly declareTime: number
  readonly declareCpu: number
  readonly serveTime: number
  readonly serveCpu: number
  /** Milliseconds since the process began. */
  readonly up: number
  /** Of the process since it began. */
  readonly processCpu: number
  readonly resident: number
  /** What declaring left on the heap; 0 without --expose-gc. */
  readonly declaredHeap: number
  /** What serving left on the heap; 0 without --expose-gc. */
  readonly servedHeap: number
}

/** What a first call took, in milliseconds. */
export interface Called {
  readonly time: number
  readonly cpu: number
}

const [, , module = '', role, subject = '', proto = ''] = process.argv

if (process.send !== undefined && module !== '') {
  process.once('disconnect', () => process.exit())
  const starter = (await import(module)) as Starter
  process.send(role === 'serve' ? await serve(starter) : await call(starter))
}

async function serve({ declare }: Starter): Promise<Started> {
  const size = Number(subject)
  // A collection takes time, which is not the server's. It tells nothing of a single method.
  const heap = () => (size > 1 ? heapUsed() : 0)
  const none = heap()
  const declaring = clock()
  const listen = declare(size, proto)
  const declared = declaring()
  const heapDeclared = heap()
  const serving = clock()
  const port = await listen()
  const served = serving()
  const [up, processCpu, { rss }] = [performance.now(), cpuOf(), process.memoryUsage()]
  return {
    port,
    declareTime: declared.time,
    declareCpu: declared.cpu,
    serveTime: served.time,
    serveCpu: served.cpu,
    up,
    processCpu,
    resident: rss,
    declaredHeap: heapDeclared - none,
    servedHeap: heap() - heapDeclared,
  }
}

async function call({ declareClient }: Starter): Promise<Called> {
  const first = declareClient(proto)
  const calling = clock()
  await first(subject)
  return calling()
}

/** Starts a clock. @returns reads it */
function clock(): () => Called {
  const [start, cpu] = [performance.now(), cpuOf()]
  return () => ({ time: performance.now() - start, cpu: cpuOf() - cpu })
}

/** Milliseconds of CPU since the process began. */
function cpuOf(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function heapUsed(): number {
  if (globalThis.gc === undefined) return 0
  for (let i = 0; i < 2; i++) globalThis.gc()
  return process.memoryUsage().heapUsed
}
