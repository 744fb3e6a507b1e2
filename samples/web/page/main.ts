import { Code, connect, RpcError } from 'polywire/web'
import { Board, type Note, Rejected } from '../contract.js'

const board = connect(Board, element('meta[name=api]', HTMLMetaElement).content)
const problem = element('#problem', HTMLElement)
const notes = element('#notes', HTMLElement)

onSubmit('#post', async form => {
  const data = new FormData(form)
  await board.post({ author: String(data.get('author')), text: String(data.get('text')) })
  form.reset()
})

onSubmit('#find', async form => {
  const { author, text } = await board.find({ id: BigInt(String(new FormData(form).get('id')) || 0) })
  element('#found', HTMLElement).textContent = `${author}: ${text}`
})

/** One loop, however often the network breaks. It ends only if the stream never began, or the server says that it is over. */
async function follow(): Promise<void> {
  try {
    for await (const note of board.follow()) show(note)
  } catch (error) {
    explain(error)
    addEventListener('online', () => void follow(), { once: true })
  }
}

function show({ id, author, text }: Note): void {
  const item = document.createElement('li')
  item.value = Number(id)
  item.textContent = `${author}: ${text}`
  notes.append(item)
}

/** Declared errors have fields. Any other has a code and a message. */
function explain(error: unknown, form?: HTMLFormElement): void {
  if (error instanceof Rejected) form?.querySelector(`[name=${error.field}]`)?.setAttribute('aria-invalid', 'true')
  problem.textContent = error instanceof RpcError ? `${Code[error.code]}: ${error.message}` : String(error)
}

function onSubmit(selector: string, send: (form: HTMLFormElement) => Promise<void>): void {
  const form = element(selector, HTMLFormElement)
  form.addEventListener('submit', async event => {
    event.preventDefault()
    problem.textContent = ''
    for (const input of form.querySelectorAll('input')) input.removeAttribute('aria-invalid')
    await send(form).catch(error => explain(error, form))
  })
}

function showNetwork(): void {
  const network = element('#network', HTMLElement)
  network.textContent = network.dataset.state = navigator.onLine ? 'online' : 'offline'
}

function element<T extends Element>(selector: string, type: new () => T): T {
  const found = document.querySelector(selector)
  if (found instanceof type) return found
  throw new Error(`the page has no ${selector}`)
}

addEventListener('online', showNetwork)
addEventListener('offline', showNetwork)
showNetwork()
void follow()
