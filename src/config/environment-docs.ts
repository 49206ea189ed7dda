/** Every environment variable that the product reads: feeds `docs/configuration.md` and the check of `.env.example`. */
export const environmentDocs: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: 'DR_CONFIG', meaning: 'The configuration file, where no `--config` names one.' },
  {
    name: 'DATABRICKS_TOKEN_PRIMARY',
    meaning:
      'Token that opens the secret scope of the primary region. With several workspaces, `DATABRICKS_TOKEN_PRIMARY_<WORKSPACE>` is for one of them; its name in upper case, other characters than letters and digits as `_`.',
  },
  { name: 'DATABRICKS_TOKEN_SECONDARY', meaning: 'The same for the secondary region.' },
  {
    name: 'DATABRICKS_CLIENT_ID_PRIMARY',
    meaning:
      'With `DATABRICKS_CLIENT_SECRET_PRIMARY`, in place of the token: a service principal (OAuth M2M). One workspace of several as above.',
  },
  { name: 'DATABRICKS_CLIENT_SECRET_PRIMARY', meaning: 'See `DATABRICKS_CLIENT_ID_PRIMARY`.' },
  { name: 'DATABRICKS_CLIENT_ID_SECONDARY', meaning: 'The same for the secondary region.' },
  { name: 'DATABRICKS_CLIENT_SECRET_SECONDARY', meaning: 'The same for the secondary region.' },
  {
    name: 'DR_SECRET_<KEY>',
    meaning:
      'A secret of the scope, for workspaces whose Secrets API refuses to give it (`validate` says so). `<KEY>` is the name of the key in upper case, other characters than letters and digits as `_`. Where both regions use one name for different secrets, `DR_SECRET_<KEY>_PRIMARY` and `DR_SECRET_<KEY>_SECONDARY` come first.',
  },
  {
    name: 'DR_SECRETS_DIR',
    meaning:
      'A folder with one file per key, for the same purpose; `primary/<key>` and `secondary/<key>` come before `<key>`.',
  },
  {
    name: 'DR_CA_CERT_FILE',
    meaning: "PEM file with certificate authorities to trust for the workspaces, instead of the system's own.",
  },
  { name: 'DR_SMTP_URL', meaning: 'Mail server, `smtp[s]://[user:password@]host[:port]`. Unset: no mail.' },
  { name: 'DR_MAIL_FROM', meaning: 'Sender of the mails.' },
  {
    name: 'DR_METRICS_ADDRESS',
    meaning: '`host:port` of the Prometheus page of a worker, or `off`. Default `127.0.0.1:9464`.',
  },
  {
    name: 'DR_LOG_LEVEL',
    meaning:
      '`trace`, `debug`, `info` (default), `warn` or `error`. With `debug`, errors of the command line show where they come from.',
  },
  { name: 'TEMPORAL_ADDRESS', meaning: 'Temporal server, default `127.0.0.1:7233`.' },
  { name: 'TEMPORAL_NAMESPACE', meaning: 'Temporal namespace, default `default`.' },
  { name: 'TEMPORAL_API_KEY', meaning: 'API key of Temporal Cloud.' },
  {
    name: 'TEMPORAL_TLS',
    meaning:
      '`true` for TLS; certificates in `TEMPORAL_TLS_CLIENT_CERT_PATH`, `TEMPORAL_TLS_CLIENT_KEY_PATH` and `TEMPORAL_TLS_SERVER_CA_CERT_PATH`.',
  },
  {
    name: 'TEMPORAL_PROFILE',
    meaning: 'Profile of the file that the `temporal` command line keeps; `TEMPORAL_CONFIG_FILE` names another file.',
  },
];
