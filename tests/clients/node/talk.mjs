// How these programs speak with the test that started them: JSON lines, asked on stdin, told on stdout.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
export const hear = async () => JSON.parse((await lines.next()).value)
export const tell = (message) => process.stdout.write(JSON.stringify(message) + '\n')

/** The OAuth error of a refused request: of its body or of its challenge; 'accepted' when it was not refused. */
export const refusal = async (promise) => promise.then(
  () => 'accepted', (error) => error.error ?? error.cause?.[0]?.parameters?.error ?? error.code ?? String(error),
)
