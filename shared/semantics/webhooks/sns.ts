import { verify, X509Certificate } from 'node:crypto';
import type { Json } from '../../core/codecs.ts';

/** A message of Amazon SNS, as it comes over HTTP. */
export interface SnsMessage {
  Type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  MessageId: string;
  TopicArn: string;
  Message: string;
  Timestamp: string;
  SignatureVersion: '1' | '2';
  Signature: string;
  SigningCertURL: string;
  Subject?: string;
  Token?: string;
  SubscribeURL?: string;
  MessageAttributes?: Json;
}

const SIGNED = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

const DIGESTS = { '1': 'sha1', '2': 'sha256' } as const;
const REQUIRED = ['MessageId', 'TopicArn', 'Message', 'Timestamp', 'Signature', 'SigningCertURL'] as const;

/** Whether a URL is one of Amazon SNS itself; nothing else is ever asked for a certificate or for a confirmation. */
export function isOfSns(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, port, username, password } = new URL(text);
  const isAws = /^sns\.[a-z]{2}(-[a-z]+)+-\d+\.amazonaws\.com(\.cn)?$/.test(hostname);
  return protocol === 'https:' && isAws && port === '' && username === '' && password === '';
}

/**
 * Reads a message and checks what needs no certificate: its form, the topic, and where its URLs lead. A text is the reason of a refusal.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export function readSnsMessage(value: unknown, topic: string): SnsMessage | string {
  const message = value as SnsMessage;
  if (!value || typeof value !== 'object') return 'the body is no message of SNS; raw message delivery must be off';
  if (!Object.hasOwn(SIGNED, message.Type)) return 'the body is no message of SNS: its Type is none of those of SNS';
  const missing = REQUIRED.find((name) => typeof message[name] !== 'string');
  if (missing) return `the body is no message of SNS: it has no ${missing}`;
  if (!Object.hasOwn(DIGESTS, message.SignatureVersion)) return 'its SignatureVersion is neither 1 nor 2';
  if (message.TopicArn !== topic) return 'it comes from another topic than the one that is expected here';
  if (!isOfSns(message.SigningCertURL) || !new URL(message.SigningCertURL).pathname.endsWith('.pem')) {
    return 'its SigningCertURL does not lead to a certificate of SNS';
  }
  if (message.Type === 'Notification') return message;
  return confirmationProblem(message) ?? message;
}

/** A confirmation must confirm this topic, and nothing else that the same host could be asked for. */
function confirmationProblem({ SubscribeURL = '', Token, TopicArn }: SnsMessage): string | undefined {
  if (typeof Token !== 'string' || !isOfSns(SubscribeURL)) return 'its SubscribeURL does not lead to SNS';
  const { searchParams } = new URL(SubscribeURL);
  const isConfirmation =
    searchParams.get('Action') === 'ConfirmSubscription' && searchParams.get('TopicArn') === TopicArn;
  return isConfirmation ? undefined : 'its SubscribeURL does not confirm a subscription of this topic';
}

/**
 * Why a message is not genuine; undefined when it is. The certificate is trusted because of the address that it was fetched from, over
 * TLS: `readSnsMessage` has checked that.
 */
export function snsSignatureProblem(message: SnsMessage, certificate: string, now: Date): string | undefined {
  let read: X509Certificate;
  try {
    read = new X509Certificate(certificate);
  } catch {
    return 'what its SigningCertURL leads to is no certificate';
  }
  if (now < new Date(read.validFrom) || now > new Date(read.validTo))
    return 'the certificate that signed it is not valid now';
  const content = Buffer.from(stringToSign(message));
  const signature = Buffer.from(message.Signature, 'base64');
  const genuine = verify(DIGESTS[message.SignatureVersion], content, read.publicKey, signature);
  return genuine ? undefined : 'the signature does not match the message';
}

/** What SNS signs: the names and values of some members in the order of the alphabet, each with a line's end. */
export function stringToSign(message: SnsMessage): string {
  return SIGNED[message.Type]
    .filter((name) => message[name as keyof SnsMessage] !== undefined)
    .map((name) => `${name}\n${message[name as keyof SnsMessage]}\n`)
    .join('');
}

/** What a notification brings: its Message as JSON where it is JSON, with what says where it comes from; what only serves delivery is left out. */
export function snsData(message: SnsMessage): Json {
  const { Message, MessageId, TopicArn, Timestamp, Subject, MessageAttributes } = message;
  return {
    Message: jsonOr(Message),
    MessageId,
    TopicArn,
    Timestamp,
    ...(Subject !== undefined && { Subject }),
    ...(MessageAttributes !== undefined && { MessageAttributes }),
  };
}

function jsonOr(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
