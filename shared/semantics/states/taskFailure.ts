/** What a task threw as a States error: its name is the error, its message the cause; either may be missing. */
export function taskFailure(thrown: unknown): { error?: string; cause?: string } {
  if (thrown === null || typeof thrown !== 'object') return { cause: String(thrown) };
  const { name, message } = thrown as { name?: unknown; message?: unknown };
  return {
    ...(typeof name === 'string' && name !== '' && { error: name }),
    ...(typeof message === 'string' && message !== '' && { cause: message }),
  };
}
