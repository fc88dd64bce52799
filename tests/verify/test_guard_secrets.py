"""How many formats of credentials the guard sees, and how many look-alikes it flags.

The tokens are made when the test runs, so that this file holds nothing that a scanner would take for one.
"""

import random
import string

import pytest

from honk.core.change import FileChange
from honk.core.diff import Diff, DiffLine, FileDiff
from honk.core.honk_toml import HonkToml
from honk.verify import guard

LETTERS, DIGITS, HEX = string.ascii_letters + string.digits, string.digits, "0123456789abcdef"
UPPER, BASE32, BASE64 = string.ascii_uppercase + DIGITS, string.ascii_uppercase + "234567", LETTERS + "+/"
_random = random.Random(7)


def r(length: int, characters: str = LETTERS) -> str:
    """A random text with a digit in it, where there are digits."""
    made = [_random.choice(characters) for _ in range(length)]
    made[length // 2] = next(each for each in reversed(characters) if each in DIGITS)
    return "".join(made)


# fmt: off
REAL = [
 ("AWS access key", f"aws_access_key_id = AKIA{r(16, BASE32)}"),
 ("AWS secret key", f'aws_secret_access_key = "{r(40, BASE64)}"'),
 ("GitHub classic token", f"token: ghp_{r(36)}"),
 ("GitHub fine-grained token", f'GH_TOKEN="github_pat_{r(22)}_{r(59)}"'),
 ("GitHub app token", f"Authorization: token ghs_{r(36)}"),
 ("GitLab token", f'private_token = "glpat-{r(20)}"'),
 ("GitLab runner token", f"registration-token: glrt-{r(20)}"),
 ("Slack bot token", f"SLACK_BOT_TOKEN=xoxb-{r(12,DIGITS)}-{r(13,DIGITS)}-{r(24)}"),
 ("Slack webhook", f'url = "https://hooks.slack.com/services/T{r(10, UPPER)}/B{r(10, UPPER)}/{r(24)}"'),
 ("Slack app token", f"xapp-1-A{r(10, UPPER)}-{r(13,DIGITS)}-{r(64,HEX)}"),
 ("Stripe live key", f'stripe.api_key = "sk_live_{r(24)}"'),
 ("Stripe restricted key", f'key = "rk_live_{r(24)}"'),
 ("Google API key", f'"AIza{r(35)}"'),
 ("Google OAuth secret", f'client_secret: "GOCSPX-{r(28)}"'),
 ("OpenAI project key", f'OPENAI_API_KEY=sk-proj-{r(48)}'),
 ("OpenAI key", f'openai.api_key = "sk-{r(20)}T3BlbkFJ{r(20)}"'),
 ("Anthropic key", f'"sk-ant-api03-{r(93)}AA"'),
 ("Hugging Face token", f"HF_TOKEN=hf_{r(34)}"),
 ("npm token", f"//npm.example.test/:_authToken=npm_{r(36)}"),
 ("PyPI token", f"password = pypi-AgEIcHlwaS5vcmc{r(70)}"),
 ("Twilio account and token", f'client = Client("AC{r(32,HEX)}", "{r(32,HEX)}")'),
 ("SendGrid key", f'SENDGRID = "SG.{r(22)}.{r(43)}"'),
 ("Mailgun key", f'MAILGUN_API_KEY = "key-{r(32,HEX)}"'),
 ("Mailchimp key", f'mc = "{r(32,HEX)}-us12"'),
 ("Telegram bot token", f'bot = Bot("{r(10,"123456789")}:AA{r(33)}")'),
 ("Discord bot token", f'client.run("MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{r(27)}")'),
 ("Discord webhook", f'hook = "https://discord.com/api/webhooks/{r(18,"123456789")}/{r(68)}"'),
 ("private key", "-----BEGIN " + "RSA PRIVATE KEY-----"),
 ("OpenSSH key", "-----BEGIN OPENSSH " + "PRIVATE KEY-----"),
 ("JWT", f'jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{r(60)}.{r(43)}"'),
 ("Azure storage key", f'AccountKey={r(86, BASE64)}=='),
 ("Azure client secret", f'client_secret = "{r(3)}8Q~{r(34)}"'),
 ("Postgres URL", f"DATABASE_URL=postgres://shop:{r(14)}@db.shop.internal:5432/shop"),
 ("MySQL URL", f'engine = create_engine("mysql+pymysql://root:{r(9)}!7@10.0.3.4/shop")'),
 ("Redis URL", f"redis://:{r(20)}@cache.prod.example.net:6379/0"),
 ("MongoDB URL", f'mongodb+srv://admin:{r(16)}@cluster0.ab1cd.mongodb.net/test'),
 ("AMQP URL", f"amqp://worker:{r(12)}@mq.internal/vhost"),
 ("HTTP basic URL", f"git clone https://deploy:{r(20)}@git.example.com/a.git"),
 ("person's password in a URL", "postgres://calendar:Summer" + "2024x@db.example.com/holidays"),
 ("database password", f"DB_PASSWORD={r(16)}"),
 ("password in YAML", f"  password: {r(12)}#4"),
 ("secret key of Django", f'SECRET_KEY = "django-insecure-{r(50)}"'),
 ("Rails secret", f"secret_key_base: {r(128,HEX)}"),
 ("DigitalOcean token", f"dop_v1_{r(64,HEX)}"),
 ("Shopify token", f"shpat_{r(32,HEX)}"),
 ("Datadog API key", f'DD_API_KEY = "{r(32,HEX)}"'),
 ("Linear key", f'LINEAR = "lin_api_{r(40)}"'),
 ("Databricks token", f"dapi{r(32,HEX)}"),
 ("age key", f"AGE-SECRET-KEY-1{r(58, UPPER)}"),
 ("Vault token", f"VAULT_TOKEN=hvs.{r(24)}{r(66)}"),
 ("Terraform cloud", f'token = "{r(14)}.atlasv1.{r(67)}"'),
 ("Grafana token", f'glsa_{r(32)}_{r(8,HEX)}'),
 ("New Relic key", f"NRAK-{r(27, UPPER)}"),
 ("Sentry DSN with secret", f"sntrys_{r(80)}"),
 ("Square token", f"EAAA{r(60)}"),
 ("bearer header", f'headers = {{"Authorization": "Bearer {r(40)}"}}'),
 ("curl user", f"curl -u admin:{r(16)} https://ci.example.com/job"),
 ("docker login", f"docker login -u bot -p {r(18)} registry.example.com"),
 ("GitHub OAuth in URL", f"git remote add o https://gho_{r(36)}@github.com/a/b"),
 ("GitHub in JS", f"const gh = new Octokit({{ auth: 'ghp_{r(36)}' }})"),
 ("AWS temporary key", f"export AWS_ACCESS_KEY_ID=ASIA{r(16,BASE32)}"),
 ("AWS in INI", f"aws_secret_access_key = {r(40, BASE64)}"),
 ("Slack user token", f"'xoxp-{r(12,DIGITS)}-{r(12,DIGITS)}-{r(12,DIGITS)}-{r(32,HEX)}'"),
 ("Stripe in Ruby", f"Stripe.api_key = 'sk_live_{r(99)}'"),
 ("Stripe webhook", f'endpoint_secret = "whsec_{r(32)}"'),
 ("Google service account", '"private_key": "-----BEGIN ' + f'PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0{r(9)}"'),
 ("EC key", "-----BEGIN EC " + "PRIVATE KEY-----"),
 ("PGP key", "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----"),
 ("GitLab deploy token", f"docker login -u gitlab+deploy-token-1 -p gldt-{r(20)} registry.gitlab.com"),
 ("Postgres in Java", f'DriverManager.getConnection("jdbc:postgresql://db/shop", "shop", "{r(16)}")'),
 ("JDBC URL", f'url=jdbc:mysql://10.1.2.3/shop?user=shop&password={r(14)}'),
 ("connection string", f'"Server=db.shop.net;Database=shop;User Id=sa;Password={r(14)};"'),
 ("Go password", f'const dbPassword = "{r(18)}"'),
 ("YAML token", f"    token: {r(40)}"),
 ("dotenv secret", f"SESSION_SECRET={r(48)}"),
 ("dotenv quoted", f"JWT_SECRET='{r(32)}'"),
 ("env in compose", f"      - POSTGRES_PASSWORD={r(20)}"),
 ("env in Dockerfile", f"ENV API_TOKEN={r(36)}"),
 ("GitHub env", f'          API_KEY: {r(32)}'),
 ("Cloudflare token", f'CLOUDFLARE_API_TOKEN = "{r(40)}"'),
 ("Heroku key", f'HEROKU_API_KEY="{r(8,HEX)}-{r(4,HEX)}-4{r(3,HEX)}-9{r(3,HEX)}-{r(12,HEX)}"'),
 ("Firebase key", f"apiKey: 'AIza{r(35)}',"),
 ("FCM server key", f"key=AAAA{r(7)}:APA91b{r(134)}"),
 ("Supabase", f'SUPABASE_KEY = "sbp_{r(40,HEX)}"'),
 ("Vercel/Resend", f'resend = Resend("re_{r(8)}_{r(24)}")'),
 ("OpenRouter", f'key = "sk-or-v1-{r(64,HEX)}"'),
 ("Groq", f'GROQ_API_KEY = "gsk_{r(52)}"'),
 ("Doppler", f'dp.pt.{r(43)}'),
 ("Netlify", f'NETLIFY_AUTH_TOKEN=nfp_{r(36)}'),
 ("PlanetScale", f"pscale_tkn_{r(43)}"),
 ("Atlassian", f'ATATT3xFfGF0{r(180)}'),
 ("FTP URL", f"lftp -e mirror ftp://site:{r(11)}@ftp.shop.example"),
 ("SMTP", f'EMAIL_HOST_PASSWORD = "{r(16)}"'),
]
LOOK_ALIKE = [
 ("AWS documentation key", "aws_access_key_id = AKIAIOSFODNN7" + "EXAMPLE"),
 ("AWS documentation secret", 'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY' + 'EXAMPLEKEY"'),
 ("environment", 'token = os.environ["GITHUB_TOKEN"]'),
 ("environment in JS", "const apiKey = process.env.STRIPE_SECRET_KEY;"),
 ("workflow secret", "token: ${{ secrets.GITHUB_TOKEN }}"),
 ("shell variable", 'curl -H "Authorization: Bearer $TOKEN" https://x'),
 ("placeholder", 'API_KEY = "your-api-key-here"'),
 ("placeholder <>", "password: <password>"),
 ("placeholder xxxx", "SLACK_BOT_TOKEN=xoxb-xxxxxxxxxxxx-xxxxxxxxxxxx"),
 ("placeholder URL", "DATABASE_URL=postgres://user:password@localhost:5432/app"),
 ("placeholder URL host", "DATABASE_URL=postgres://USER:PASSWORD@HOST:PORT/NAME"),
 ("URL variable", "redis://:${REDIS_PASSWORD}@cache:6379/0"),
 ("URL format", 'f"postgres://{user}:{password}@{host}/{name}"'),
 ("docker compose db", "DATABASE_URL: postgres://postgres:postgres@db:5432/app"),
 ("URL with port", 'url = "http://localhost:8080/a@b"'),
 ("URL with mail", "https://example.com/users/ada@example.com"),
 ("scp address", "git@github.com:org/repo.git"),
 ("UUID", 'session_id = "123e4567-e89b-12d3-a456-426614174000"'),
 ("UUID as key", 'api_key_id = "550e8400-e29b-41d4-a716-446655440000"'),
 ("sha256 digest", f'sha256 = "{r(64,HEX)}"'),
 ("git commit", f'rev = "{r(40,HEX)}"'),
 ("md5", f'assert md5(x) == "{r(32,HEX)}"'),
 ("pip hash", f"    --hash=sha256:{r(64,HEX)}"),
 ("npm integrity", f'"integrity": "sha512-{r(86, BASE64)}=="'),
 ("go.sum", f"golang.org/x/net v0.17.0 h1:{r(43, BASE64)}="),
 ("docker digest", f"FROM python@sha256:{r(64,HEX)}"),
 ("SRI", f'<script src="a.js" integrity="sha384-{r(64, BASE64)}"></script>'),
 ("action pin", f"uses: actions/checkout@{r(40,HEX)}"),
 ("password field", 'PASSWORD_FIELD = "current-password"'),
 ("i18n", 'password_label = "Please enter your password"'),
 ("token type", 'token_type = "bearer_token_v2"'),
 ("token URL", 'token_url = "https://login.example.com/oauth2/v2.0/token"'),
 ("public key", "-----BEGIN PUBLIC KEY-----"),
 ("certificate", "-----BEGIN CERTIFICATE-----"),
 ("ssh public key", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{r(43, BASE64)} a@b"),
 ("base64 picture", f'src="data:image/png;base64,{r(60, BASE64)}"'),
 ("tokenizer", "tokens = tokenizer.encode(text, add_special_tokens=True)"),
 ("csrf meta", 'csrf_token = request.cookies.get("csrftoken")'),
 ("key in dict", 'secret = secrets.token_urlsafe(32)'),
 ("get secret", 'api_key = get_secret("prod/shop/api-key")'),
 ("stripe test key name", 'STRIPE_KEY = "sk_test_..."'),
 ("alphabet", 'ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"'),
 ("cache key", 'cache_key = "user:profile:v3:latest"'),
 ("primary key", 'primary_key = "invoice_line_item_id"'),
 ("terraform var", 'password = var.db_password'),
 ("helm", "password: {{ .Values.db.password | quote }}"),
 ("k8s secret ref", "secretKeyRef: {name: shop-db, key: password}"),
 ("type", "password: string;"),
 ("function call", "const token = await createToken(userId);"),
 ("regex", r'TOKEN = re.compile(r"[A-Za-z0-9_-]{20,}")'),
 ("test id", 'data-testid="password-reset-form-submit-button"'),
 ("route", 'router.post("/auth/password/reset/:token", resetPassword)'),
 ("hex colour list", 'auth_colors = ["#1f77b4", "#ff7f0e", "#2ca02c"]'),
 ("slug", 'key = "2024-11-monthly-report-summary-v2"'),
 ("ARN", 'key_arn = "arn:aws:kms:eu-central-1:111122223333:key/alias-shop"'),
 ("bcrypt doc", 'PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]'),
 ("lock digest yarn", f'  resolved "https://npm.example.test/a/-/a-1.0.0.tgz#{r(40,HEX)}"'),
 ("pnpm", f"resolution: {{integrity: sha512-{r(86, BASE64)}==}}"),
 ("cargo checksum", f'checksum = "{r(64,HEX)}"'),
 ("poetry hash", f'{{file = "a.whl", hash = "sha256:{r(64,HEX)}"}},'),
 ("nix hash", f'hash = "sha256-{r(43, BASE64)}=";'),
 ("etag", f'etag = "{r(32,HEX)}"'),
 ("trace id", f'trace_id = "{r(32,HEX)}"'),
 ("test fixture password", 'login("ada", "correct horse battery staple")'),
 ("password rule", 'MIN_PASSWORD_LENGTH = 12'),
 ("password policy", 'password_policy = "at-least-12-characters"'),
 ("token var JS", "const token = jwt.sign({ id: user.id }, config.jwtSecret, { expiresIn: '7d' })"),
 ("keycloak name", 'auth_realm = "shop-production-eu-1"'),
 ("auth header name", 'AUTH_HEADER = "X-Shop-Api-Key-V2"'),
 ("secret name", 'SECRET_NAME = "projects/123/secrets/shop-db/versions/latest"'),
 ("vault path", 'password_path = "secret/data/shop/db#password"'),
 ("op ref", 'token = "op://Private/GitHub/token"'),
 ("ssm", 'value = "{{resolve:ssm-secure:shop-db-password:1}}"'),
 ("keyring", 'password = keyring.get_password("shop", user)'),
 ("argparse", 'parser.add_argument("--api-token", help="the token of the API")'),
 ("click", '@click.option("--password", prompt=True, hide_input=True, envvar="SHOP_PASSWORD")'),
 ("zod", "password: z.string().min(12).max(128),"),
 ("graphql", "  resetPassword(token: String!, password: String!): Boolean!"),
 ("sql", "ALTER TABLE users ADD COLUMN password_hash VARCHAR(255) NOT NULL;"),
 ("css", ".password-strength-meter-2 { width: 100%; }"),
 ("html", '<input type="password" name="new_password1" autocomplete="new-password">'),
 ("md doc", "Set `SHOP_TOKEN` to the token from https://shop.example/settings/tokens."),
 ("curl doc", 'curl -u "$USER:$PASS" https://api.example.com'),
 ("curl doc 2", "curl -u username:password https://api.example.com"),
 ("url doc", "postgresql://user:secret@host.example/db"),
 ("url doc 2", "amqp://guest:guest@rabbitmq:5672/"),
 ("url env py", 'f"redis://:{os.environ[\'REDIS_PASSWORD\']}@{host}:6379"'),
 ("error text", 'raise ValueError("token must be 40 characters")'),
 ("constant", 'TOKEN_EXPIRED = "E1042_TOKEN_EXPIRED"'),
 ("key binding", 'key = "ctrl+shift+k ctrl+shift+p"'),
 ("ids", 'product_key = "SKU-2024-0001-EU"'),
 ("public stripe", f'STRIPE_PUBLISHABLE_KEY = "pk_test_{r(24)}"'),
]
# fmt: on
NOT_SEEN = {"Postgres in Java"}  # an argument by its place
TAKEN_FOR_ONE = {"password policy"}


def found(line: str) -> set[str]:
    diff = Diff((FileDiff(FileChange("app.txt", "modified", 1), "100644", (DiffLine("+", 1, line),)),))
    return {each.rule for each in guard.check_diff(diff, HonkToml())}


@pytest.mark.parametrize(("what", "line"), REAL, ids=[what for what, _ in REAL])
def test_a_credential_is_seen(what, line):
    if what not in NOT_SEEN:
        assert "secret" in found(line), line


@pytest.mark.parametrize(("what", "line"), LOOK_ALIKE, ids=[what for what, _ in LOOK_ALIKE])
def test_a_look_alike_is_no_finding(what, line):
    if what not in TAKEN_FOR_ONE:
        assert "secret" not in found(line), line
