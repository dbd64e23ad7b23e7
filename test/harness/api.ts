/** What a door answered: status, headers and the parsed JSON (or text). */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  /** Another credential; null sends none. */
  readonly token?: string | null;
}

/** The admin API as its administrator, one method per verb. A string body is sent as it is. */
export function api(server: { readonly url: string; readonly adminToken: string }) {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, token = server.adminToken }: Call = {},
  ): Promise<Answer> => {
    const response = await fetch(new URL(path, server.url), {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
  };
  return {
    send,
    get: (path: string, call?: Call) => send('GET', path, undefined, call),
    delete: (path: string, call?: Call) => send('DELETE', path, undefined, call),
    post: (path: string, body?: unknown, call?: Call) => send('POST', path, body, call),
    put: (path: string, body?: unknown, call?: Call) => send('PUT', path, body, call),
    patch: (path: string, body?: unknown, call?: Call) => send('PATCH', path, body, call),
  };
}
