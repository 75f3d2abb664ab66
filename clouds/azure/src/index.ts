export { createAzureClient } from './azure-client.ts';
