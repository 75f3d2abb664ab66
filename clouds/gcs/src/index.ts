export { createAuthorizer } from './authorizer.ts';
