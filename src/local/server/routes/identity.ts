import type { Route } from '../http/router.js';

/** Who am I. */
export const identityRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/2.0/preview/scim/v2/Me',
    part: 'control',
    handle: ({ principal }) => ({
      id: principal.name,
      userName: principal.name,
      displayName: principal.name,
      active: true,
      groups: principal.admin ? [{ display: 'admins' }] : [],
    }),
  },
];
