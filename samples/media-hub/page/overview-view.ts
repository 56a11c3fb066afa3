// The overview: what is in the whole library, asked again whenever the hub says that it has changed.
import { byId, notice, time } from './dom.js';
import { answerOf, client, socket } from './hub.js';

export function startOverview(): void {
  socket.on('connect', show);
  client.onRefetch('overview.show', show);
}

async function show(): Promise<void> {
  try {
    const { sounds, seconds, pictures, recent } = await answerOf(client.call('overview.show'));
    byId('overview').textContent = [
      `${many(sounds, 'sound')}${seconds > 0 ? `, ${time(seconds)} in all` : ''}`,
      many(pictures, 'picture'),
      `${recent} new this week`,
    ].join(' · ');
  } catch (error) {
    notice(error);
  }
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
