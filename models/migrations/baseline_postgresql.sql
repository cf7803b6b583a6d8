CREATE TABLE kept_answer (
	actor TEXT NOT NULL,
	key TEXT NOT NULL,
	asked BYTEA NOT NULL,
	at BIGINT NOT NULL,
	status BIGINT,
	body TEXT,
	CONSTRAINT pk_kept_answer PRIMARY KEY (actor, key)
)
-- next
CREATE INDEX ix_kept_answer_at ON kept_answer (at)
-- next
CREATE TABLE report_draft (
	person TEXT NOT NULL,
	kind TEXT NOT NULL,
	site TEXT NOT NULL,
	fields TEXT NOT NULL,
	saved_at BIGINT NOT NULL,
	CONSTRAINT pk_report_draft PRIMARY KEY (person, kind, site)
)
-- next
CREATE INDEX ix_report_draft_saved_at ON report_draft (saved_at)
-- next
CREATE TABLE kept_upload (
	id TEXT NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	day TEXT NOT NULL,
	file BYTEA NOT NULL,
	kept_at BIGINT NOT NULL,
	CONSTRAINT pk_kept_upload PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_kept_upload_kept_at ON kept_upload (kept_at)
-- next
CREATE INDEX ix_kept_upload_person ON kept_upload (person)
-- next
CREATE TABLE finding_event (
	id BIGSERIAL NOT NULL,
	finding TEXT NOT NULL,
	rule TEXT NOT NULL,
	subject TEXT NOT NULL,
	first_day TEXT NOT NULL,
	last_day TEXT NOT NULL,
	evidence_rows BIGINT NOT NULL,
	event TEXT NOT NULL CONSTRAINT ck_finding_event_event CHECK (event IN ('accepted', 'opened', 'closed')),
	reason TEXT DEFAULT '' NOT NULL,
	owner TEXT DEFAULT '' NOT NULL,
	due TEXT DEFAULT '' NOT NULL,
	proof TEXT DEFAULT '' NOT NULL,
	proof_sha256 TEXT DEFAULT '' NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	actor TEXT NOT NULL,
	recorded_at BIGINT NOT NULL,
	CONSTRAINT pk_finding_event PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_finding_event_finding ON finding_event (finding)
-- next
CREATE TABLE job (
	id BIGSERIAL NOT NULL,
	kind TEXT NOT NULL,
	actor TEXT NOT NULL,
	key TEXT,
	arguments TEXT NOT NULL,
	state TEXT NOT NULL,
	asked_at BIGINT NOT NULL,
	begun_at BIGINT,
	ended_at BIGINT,
	lease_until BIGINT,
	claim TEXT DEFAULT '' NOT NULL,
	tries BIGINT DEFAULT '0' NOT NULL,
	share_micro BIGINT DEFAULT '0' NOT NULL,
	says TEXT DEFAULT '[]' NOT NULL,
	cancel_asked BIGINT DEFAULT '0' NOT NULL,
	result TEXT,
	file_name TEXT DEFAULT '' NOT NULL,
	file BYTEA,
	CONSTRAINT pk_job PRIMARY KEY (id),
	CONSTRAINT uq_job_actor_kind_key UNIQUE (actor, kind, key)
)
-- next
CREATE INDEX ix_job_ended_at ON job (ended_at)
-- next
CREATE INDEX ix_job_state ON job (state)
-- next
CREATE TABLE local_fact (
	place TEXT NOT NULL,
	fact TEXT NOT NULL,
	since TEXT NOT NULL,
	value_micro BIGINT NOT NULL CONSTRAINT ck_local_fact_value CHECK (value_micro >= 0),
	reason TEXT DEFAULT '' NOT NULL,
	said_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_local_fact PRIMARY KEY (place, fact, since)
)
-- next
CREATE TABLE draft (
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	actor TEXT NOT NULL,
	changed_at BIGINT NOT NULL,
	body TEXT NOT NULL,
	CONSTRAINT pk_draft PRIMARY KEY (id)
)
-- next
CREATE TABLE plan (
	id TEXT NOT NULL,
	date TEXT NOT NULL,
	status TEXT NOT NULL,
	drafted_by TEXT NOT NULL,
	drafted_at BIGINT NOT NULL,
	document BIGINT NOT NULL,
	snapshot_digest TEXT NOT NULL,
	policy_digest TEXT NOT NULL,
	versions TEXT NOT NULL,
	CONSTRAINT pk_plan PRIMARY KEY (id)
)
-- next
CREATE TABLE budget (
	bucket TEXT NOT NULL,
	amount_micro BIGINT NOT NULL CONSTRAINT ck_budget_amount CHECK (amount_micro >= 0),
	since TEXT DEFAULT '' NOT NULL,
	until TEXT DEFAULT '' NOT NULL,
	items TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_budget PRIMARY KEY (bucket)
)
-- next
CREATE TABLE sender_header (
	sender TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	header TEXT NOT NULL,
	means TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_sender_header PRIMARY KEY (sender, fingerprint, header)
)
-- next
CREATE TABLE sender_name (
	sender TEXT NOT NULL,
	about TEXT NOT NULL CONSTRAINT ck_sender_name_about CHECK (about IN ('item', 'site', 'partner')),
	said TEXT NOT NULL,
	code TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_sender_name PRIMARY KEY (sender, about, said)
)
-- next
CREATE TABLE sign_in_failure (
	id_hash BYTEA NOT NULL,
	failures BIGINT NOT NULL,
	last_at BIGINT NOT NULL,
	CONSTRAINT pk_sign_in_failure PRIMARY KEY (id_hash)
)
-- next
CREATE INDEX ix_sign_in_failure_last_at ON sign_in_failure (last_at)
-- next
CREATE TABLE saved_view (
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	address TEXT NOT NULL,
	saved_at BIGINT NOT NULL,
	CONSTRAINT pk_saved_view PRIMARY KEY (person, name)
)
-- next
CREATE TABLE witness (
	name TEXT NOT NULL,
	kind TEXT NOT NULL CONSTRAINT ck_witness_kind CHECK (kind IN ('folder', 'url', 'hand')),
	place TEXT DEFAULT '' NOT NULL,
	vkey TEXT DEFAULT '' NOT NULL,
	silent_hours BIGINT NOT NULL CONSTRAINT ck_witness_silent_hours CHECK (silent_hours > 0),
	active BIGINT DEFAULT '1' NOT NULL,
	CONSTRAINT pk_witness PRIMARY KEY (name)
)
-- next
CREATE TABLE person (
	id TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	active BIGINT DEFAULT '1' NOT NULL,
	CONSTRAINT pk_person PRIMARY KEY (id)
)
-- next
CREATE TABLE area (
	code TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	parent TEXT,
	CONSTRAINT pk_area PRIMARY KEY (code),
	CONSTRAINT fk_area_parent FOREIGN KEY(parent) REFERENCES area (code)
)
-- next
CREATE TABLE partner (
	code TEXT NOT NULL,
	kind TEXT CONSTRAINT ck_partner_kind CHECK (kind IN ('supplier', 'donor', 'upper_level')),
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_partner PRIMARY KEY (code)
)
-- next
CREATE TABLE location (
	id BIGSERIAL NOT NULL,
	code TEXT NOT NULL,
	kind TEXT NOT NULL,
	sign BIGINT NOT NULL CONSTRAINT ck_location_sign CHECK (sign IN (-1, 1)),
	parent BIGINT,
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	site_kind TEXT DEFAULT '' NOT NULL,
	area TEXT DEFAULT '' NOT NULL,
	lat_micro BIGINT,
	lon_micro BIGINT,
	tier TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_location PRIMARY KEY (id),
	CONSTRAINT uq_location_code UNIQUE (code),
	CONSTRAINT fk_location_parent FOREIGN KEY(parent) REFERENCES location (id)
)
-- next
CREATE INDEX ix_location_parent ON location (parent)
-- next
CREATE TABLE item (
	id BIGSERIAL NOT NULL,
	code TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	name_zh TEXT DEFAULT '' NOT NULL,
	unit TEXT NOT NULL,
	pack_units BIGINT NOT NULL CONSTRAINT ck_item_pack_units CHECK (pack_units >= 1),
	pack_kg_micro BIGINT,
	pack_m3_micro BIGINT,
	use TEXT NOT NULL CONSTRAINT ck_item_use CHECK (use IN ('consumable', 'durable')),
	CONSTRAINT pk_item PRIMARY KEY (id),
	CONSTRAINT uq_item_code UNIQUE (code)
)
-- next
CREATE TABLE policy (
	id BIGSERIAL NOT NULL,
	toml TEXT NOT NULL,
	actor TEXT NOT NULL,
	recorded_at BIGINT NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_policy PRIMARY KEY (id)
)
-- next
CREATE TABLE version (
	id BIGSERIAL NOT NULL,
	subject TEXT NOT NULL,
	key TEXT NOT NULL,
	actor TEXT NOT NULL,
	recorded_at BIGINT NOT NULL,
	body TEXT NOT NULL,
	body_hash BYTEA NOT NULL,
	CONSTRAINT pk_version PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_version_subject_key ON version (subject, key)
-- next
CREATE TABLE pending_seal (
	kind TEXT NOT NULL,
	ref BIGINT NOT NULL,
	CONSTRAINT pk_pending_seal PRIMARY KEY (kind, ref)
)
-- next
CREATE TABLE leaf (
	position BIGSERIAL NOT NULL,
	kind TEXT NOT NULL,
	ref BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	CONSTRAINT pk_leaf PRIMARY KEY (position),
	CONSTRAINT uq_leaf_kind_ref UNIQUE (kind, ref)
)
-- next
CREATE TABLE tree_tile (
	level BIGINT NOT NULL,
	position BIGINT NOT NULL,
	root BYTEA NOT NULL,
	hashes BYTEA NOT NULL,
	CONSTRAINT pk_tree_tile PRIMARY KEY (level, position)
)
-- next
CREATE TABLE tree_head (
	size BIGSERIAL NOT NULL,
	root BYTEA NOT NULL,
	signed_at BIGINT NOT NULL,
	checkpoint TEXT NOT NULL,
	CONSTRAINT pk_tree_head PRIMARY KEY (size)
)
-- next
CREATE TABLE day_close (
	day TEXT NOT NULL,
	document BIGINT NOT NULL,
	actor TEXT NOT NULL,
	recorded_at BIGINT NOT NULL,
	tree_size BIGINT NOT NULL,
	CONSTRAINT pk_day_close PRIMARY KEY (day)
)
-- next
CREATE TABLE instance (
	id BIGSERIAL NOT NULL CONSTRAINT ck_instance_one CHECK (id = 1),
	name TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	lang TEXT DEFAULT '' NOT NULL,
	timezone TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_instance PRIMARY KEY (id)
)
-- next
CREATE TABLE driver (
	site BIGINT NOT NULL,
	driver TEXT NOT NULL,
	since TEXT DEFAULT '' NOT NULL,
	value_micro BIGINT NOT NULL CONSTRAINT ck_driver_value CHECK (value_micro >= 0),
	until TEXT DEFAULT '' NOT NULL,
	said_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_driver PRIMARY KEY (site, driver, since),
	CONSTRAINT fk_driver_site FOREIGN KEY(site) REFERENCES location (id)
)
-- next
CREATE TABLE fleet (
	site BIGINT NOT NULL,
	item BIGINT NOT NULL,
	held_units BIGINT NOT NULL,
	working_units BIGINT NOT NULL,
	counted_on TEXT DEFAULT '' NOT NULL,
	attrition_micro BIGINT,
	said_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_fleet PRIMARY KEY (site, item),
	CONSTRAINT ck_fleet_working CHECK (working_units BETWEEN 0 AND held_units),
	CONSTRAINT fk_fleet_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_fleet_item FOREIGN KEY(item) REFERENCES item (id)
)
-- next
CREATE TABLE plan_file (
	plan TEXT NOT NULL,
	name TEXT NOT NULL,
	content BYTEA NOT NULL,
	CONSTRAINT pk_plan_file PRIMARY KEY (plan, name),
	CONSTRAINT fk_plan_file_plan FOREIGN KEY(plan) REFERENCES plan (id)
)
-- next
CREATE TABLE plan_event (
	id BIGSERIAL NOT NULL,
	plan TEXT NOT NULL,
	event TEXT NOT NULL,
	actor TEXT NOT NULL,
	recorded_at BIGINT NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_plan_event PRIMARY KEY (id),
	CONSTRAINT fk_plan_event_plan FOREIGN KEY(plan) REFERENCES plan (id)
)
-- next
CREATE INDEX ix_plan_event_plan ON plan_event (plan)
-- next
CREATE TABLE plan_override (
	id BIGSERIAL NOT NULL,
	plan TEXT NOT NULL,
	site TEXT NOT NULL,
	item TEXT NOT NULL,
	units BIGINT NOT NULL CONSTRAINT ck_plan_override_units CHECK (units >= 0),
	proposed_units BIGINT NOT NULL,
	reason TEXT NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	actor TEXT NOT NULL,
	recorded_at BIGINT NOT NULL,
	cancels BIGINT,
	carries BIGINT,
	CONSTRAINT pk_plan_override PRIMARY KEY (id),
	CONSTRAINT fk_plan_override_plan FOREIGN KEY(plan) REFERENCES plan (id),
	CONSTRAINT fk_plan_override_cancels FOREIGN KEY(cancels) REFERENCES plan_override (id),
	CONSTRAINT fk_plan_override_carries FOREIGN KEY(carries) REFERENCES plan_override (id)
)
-- next
CREATE INDEX ix_plan_override_plan ON plan_override (plan)
-- next
CREATE TABLE offer (
	partner TEXT NOT NULL,
	item BIGINT NOT NULL,
	since TEXT DEFAULT '' NOT NULL,
	price_micro BIGINT NOT NULL CONSTRAINT ck_offer_price CHECK (price_micro >= 0),
	lead_days BIGINT NOT NULL CONSTRAINT ck_offer_lead_days CHECK (lead_days >= 0),
	units_per_week BIGINT,
	min_units BIGINT,
	until TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_offer PRIMARY KEY (partner, item, since),
	CONSTRAINT fk_offer_partner FOREIGN KEY(partner) REFERENCES partner (code),
	CONSTRAINT fk_offer_item FOREIGN KEY(item) REFERENCES item (id)
)
-- next
CREATE TABLE past_use (
	site BIGINT NOT NULL,
	item BIGINT NOT NULL,
	first_day TEXT NOT NULL,
	period_days BIGINT NOT NULL CONSTRAINT ck_past_use_period CHECK (period_days > 0),
	units TEXT NOT NULL,
	stockout TEXT NOT NULL,
	CONSTRAINT pk_past_use PRIMARY KEY (site, item),
	CONSTRAINT fk_past_use_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_past_use_item FOREIGN KEY(item) REFERENCES item (id)
)
-- next
CREATE TABLE purchase_order (
	id BIGSERIAL NOT NULL,
	number TEXT NOT NULL,
	partner TEXT NOT NULL,
	CONSTRAINT pk_purchase_order PRIMARY KEY (id),
	CONSTRAINT uq_purchase_order_number UNIQUE (number),
	CONSTRAINT fk_purchase_order_partner FOREIGN KEY(partner) REFERENCES partner (code)
)
-- next
CREATE TABLE stock_report (
	site BIGINT NOT NULL,
	item BIGINT NOT NULL,
	month TEXT NOT NULL,
	opening_units BIGINT,
	received_units BIGINT,
	distributed_units BIGINT,
	adjustment_micro BIGINT,
	closing_units BIGINT,
	stockout_days BIGINT,
	ordered_units BIGINT,
	CONSTRAINT pk_stock_report PRIMARY KEY (site, item, month),
	CONSTRAINT fk_stock_report_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_stock_report_item FOREIGN KEY(item) REFERENCES item (id)
)
-- next
CREATE TABLE measure (
	item BIGINT NOT NULL,
	unit TEXT NOT NULL,
	"of" TEXT NOT NULL,
	amount_micro BIGINT NOT NULL CONSTRAINT ck_measure_amount CHECK (amount_micro > 0),
	CONSTRAINT pk_measure PRIMARY KEY (item, unit, "of"),
	CONSTRAINT fk_measure_item FOREIGN KEY(item) REFERENCES item (id)
)
-- next
CREATE TABLE password (
	person TEXT NOT NULL,
	hash TEXT NOT NULL,
	set_at BIGINT NOT NULL,
	CONSTRAINT pk_password PRIMARY KEY (person),
	CONSTRAINT fk_password_person FOREIGN KEY(person) REFERENCES person (id)
)
-- next
CREATE TABLE web_session (
	token_hash BYTEA NOT NULL,
	person TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	CONSTRAINT pk_web_session PRIMARY KEY (token_hash),
	CONSTRAINT fk_web_session_person FOREIGN KEY(person) REFERENCES person (id)
)
-- next
CREATE INDEX ix_web_session_person ON web_session (person)
-- next
CREATE TABLE api_token (
	token_hash BYTEA NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	scopes TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	last_used BIGINT,
	revoked BIGINT NOT NULL,
	CONSTRAINT pk_api_token PRIMARY KEY (token_hash),
	CONSTRAINT uq_api_token_person_name UNIQUE (person, name),
	CONSTRAINT fk_api_token_person FOREIGN KEY(person) REFERENCES person (id)
)
-- next
CREATE TABLE cosignature (
	size BIGINT NOT NULL,
	witness TEXT NOT NULL,
	signature TEXT NOT NULL,
	CONSTRAINT pk_cosignature PRIMARY KEY (size, witness),
	CONSTRAINT fk_cosignature_size FOREIGN KEY(size) REFERENCES tree_head (size),
	CONSTRAINT fk_cosignature_witness FOREIGN KEY(witness) REFERENCES witness (name)
)
-- next
CREATE INDEX ix_cosignature_witness ON cosignature (witness, size)
-- next
CREATE TABLE witness_contact (
	witness TEXT NOT NULL,
	tried_at BIGINT NOT NULL,
	why TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_witness_contact PRIMARY KEY (witness),
	CONSTRAINT fk_witness_contact_witness FOREIGN KEY(witness) REFERENCES witness (name)
)
-- next
CREATE TABLE grant_role (
	person TEXT NOT NULL,
	role TEXT NOT NULL,
	area TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_grant_role PRIMARY KEY (person, role, area),
	CONSTRAINT fk_grant_role_person FOREIGN KEY(person) REFERENCES person (id)
)
-- next
CREATE TABLE lane (
	depot BIGINT NOT NULL,
	site BIGINT NOT NULL,
	open BIGINT DEFAULT '1' NOT NULL,
	km_micro BIGINT,
	hours_micro BIGINT,
	max_kg_micro BIGINT,
	CONSTRAINT pk_lane PRIMARY KEY (depot, site),
	CONSTRAINT fk_lane_depot FOREIGN KEY(depot) REFERENCES location (id),
	CONSTRAINT fk_lane_site FOREIGN KEY(site) REFERENCES location (id)
)
-- next
CREATE TABLE depot (
	location BIGINT NOT NULL,
	max_kg_micro BIGINT,
	max_m3_micro BIGINT,
	max_stops BIGINT,
	vehicles BIGINT,
	vehicle_kg_micro BIGINT,
	shift_hours_micro BIGINT,
	stop_minutes_micro BIGINT,
	CONSTRAINT pk_depot PRIMARY KEY (location),
	CONSTRAINT fk_depot_location FOREIGN KEY(location) REFERENCES location (id)
)
-- next
CREATE TABLE substitute (
	item BIGINT NOT NULL,
	by BIGINT NOT NULL,
	units_per_unit_micro BIGINT NOT NULL,
	CONSTRAINT pk_substitute PRIMARY KEY (item, by),
	CONSTRAINT fk_substitute_item FOREIGN KEY(item) REFERENCES item (id),
	CONSTRAINT fk_substitute_by FOREIGN KEY(by) REFERENCES item (id)
)
-- next
CREATE TABLE lot (
	id BIGSERIAL NOT NULL,
	item BIGINT NOT NULL,
	lot_no TEXT DEFAULT '' NOT NULL,
	expires TEXT DEFAULT '' NOT NULL,
	owner_fund TEXT DEFAULT '' NOT NULL,
	earmark TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_lot PRIMARY KEY (id),
	CONSTRAINT uq_lot_item_lot_no_expires_owner_fund_earmark UNIQUE (item, lot_no, expires, owner_fund, earmark),
	CONSTRAINT fk_lot_item FOREIGN KEY(item) REFERENCES item (id)
)
-- next
CREATE TABLE need (
	site BIGINT NOT NULL,
	item BIGINT NOT NULL,
	daily_units_micro BIGINT NOT NULL,
	reported_on TEXT DEFAULT '' NOT NULL,
	max_units BIGINT,
	CONSTRAINT pk_need PRIMARY KEY (site, item),
	CONSTRAINT fk_need_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_need_item FOREIGN KEY(item) REFERENCES item (id)
)
-- next
CREATE TABLE document (
	id BIGSERIAL NOT NULL,
	idem_key TEXT NOT NULL,
	type TEXT NOT NULL,
	site BIGINT,
	actor TEXT NOT NULL,
	approver TEXT,
	occurred_at BIGINT NOT NULL,
	recorded_at BIGINT NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	refers_to BIGINT,
	reverses BIGINT,
	allocation TEXT,
	shipment TEXT,
	request_hash BYTEA NOT NULL,
	body TEXT NOT NULL,
	body_hash BYTEA NOT NULL,
	CONSTRAINT pk_document PRIMARY KEY (id),
	CONSTRAINT ck_document_approved_by_another CHECK (approver <> actor),
	CONSTRAINT uq_document_idem_key UNIQUE (idem_key),
	CONSTRAINT fk_document_site FOREIGN KEY(site) REFERENCES location (id),
	CONSTRAINT fk_document_refers_to FOREIGN KEY(refers_to) REFERENCES document (id),
	CONSTRAINT uq_document_reverses UNIQUE (reverses),
	CONSTRAINT fk_document_reverses FOREIGN KEY(reverses) REFERENCES document (id)
)
-- next
CREATE INDEX ix_document_allocation ON document (allocation) WHERE allocation IS NOT NULL
-- next
CREATE INDEX ix_document_emergency ON document (id) WHERE type = 'emergency'
-- next
CREATE INDEX ix_document_recorded_at ON document (recorded_at)
-- next
CREATE INDEX ix_document_refers_to ON document (refers_to) WHERE refers_to IS NOT NULL
-- next
CREATE INDEX ix_document_shipment ON document (shipment) WHERE shipment IS NOT NULL
-- next
CREATE TABLE countersignature (
	document BIGINT NOT NULL,
	actor TEXT NOT NULL,
	recorded_at BIGINT NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_countersignature PRIMARY KEY (document),
	CONSTRAINT fk_countersignature_document FOREIGN KEY(document) REFERENCES document (id)
)
-- next
CREATE TABLE purchase_line (
	purchase BIGINT NOT NULL,
	line BIGINT NOT NULL,
	item BIGINT NOT NULL,
	site BIGINT NOT NULL,
	units BIGINT NOT NULL CONSTRAINT ck_purchase_line_units CHECK (units > 0),
	arrives TEXT NOT NULL,
	price_micro BIGINT,
	budget TEXT DEFAULT '' NOT NULL,
	before_units BIGINT NOT NULL CONSTRAINT ck_purchase_line_before CHECK (before_units >= 0),
	CONSTRAINT pk_purchase_line PRIMARY KEY (purchase, line),
	CONSTRAINT fk_purchase_line_purchase FOREIGN KEY(purchase) REFERENCES purchase_order (id),
	CONSTRAINT fk_purchase_line_item FOREIGN KEY(item) REFERENCES item (id),
	CONSTRAINT fk_purchase_line_site FOREIGN KEY(site) REFERENCES location (id)
)
-- next
CREATE TABLE purchase_event (
	id BIGSERIAL NOT NULL,
	purchase BIGINT NOT NULL,
	status TEXT NOT NULL CONSTRAINT ck_purchase_event_status CHECK (status IN ('planned', 'ordered', 'shipped', 'arrived', 'cancelled')),
	day TEXT NOT NULL,
	arrives TEXT DEFAULT '' NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	document BIGINT,
	actor TEXT NOT NULL,
	recorded_at BIGINT NOT NULL,
	CONSTRAINT pk_purchase_event PRIMARY KEY (id),
	CONSTRAINT fk_purchase_event_purchase FOREIGN KEY(purchase) REFERENCES purchase_order (id),
	CONSTRAINT fk_purchase_event_document FOREIGN KEY(document) REFERENCES document (id)
)
-- next
CREATE INDEX ix_purchase_event_purchase ON purchase_event (purchase)
-- next
CREATE TABLE purchase_receipt (
	document BIGINT NOT NULL,
	purchase BIGINT NOT NULL,
	CONSTRAINT pk_purchase_receipt PRIMARY KEY (document),
	CONSTRAINT fk_purchase_receipt_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_purchase_receipt_purchase FOREIGN KEY(purchase) REFERENCES purchase_order (id)
)
-- next
CREATE INDEX ix_purchase_receipt_purchase ON purchase_receipt (purchase)
-- next
CREATE TABLE move (
	document BIGINT NOT NULL,
	line BIGINT NOT NULL,
	from_location BIGINT NOT NULL,
	to_location BIGINT NOT NULL,
	lot BIGINT NOT NULL,
	units BIGINT NOT NULL,
	at BIGINT NOT NULL,
	from_after BIGINT NOT NULL,
	to_after BIGINT NOT NULL,
	counters BIGINT,
	CONSTRAINT pk_move PRIMARY KEY (document, line),
	CONSTRAINT ck_move_units CHECK (units > 0 AND units <= 1000000000000000000),
	CONSTRAINT ck_move_moves CHECK (from_location <> to_location),
	CONSTRAINT fk_move_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_move_counters FOREIGN KEY(counters) REFERENCES document (id)
)
-- next
CREATE INDEX ix_move_counters ON move (counters) WHERE counters IS NOT NULL
-- next
CREATE INDEX ix_move_in ON move (lot, to_location, at, document, units)
-- next
CREATE INDEX ix_move_out ON move (lot, from_location, at, document, units)
-- next
CREATE TABLE counted (
	document BIGINT NOT NULL,
	line BIGINT NOT NULL,
	location BIGINT NOT NULL,
	item BIGINT NOT NULL,
	lot BIGINT,
	units BIGINT NOT NULL CONSTRAINT ck_counted_units CHECK (units >= 0),
	at BIGINT NOT NULL,
	CONSTRAINT pk_counted PRIMARY KEY (document, line),
	CONSTRAINT fk_counted_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_counted_location FOREIGN KEY(location) REFERENCES location (id),
	CONSTRAINT fk_counted_item FOREIGN KEY(item) REFERENCES item (id),
	CONSTRAINT fk_counted_lot FOREIGN KEY(lot) REFERENCES lot (id)
)
-- next
CREATE INDEX ix_counted_location_item_at ON counted (location, item, at)
-- next
CREATE TABLE lot_mark (
	document BIGINT NOT NULL,
	lot BIGINT NOT NULL,
	mark TEXT NOT NULL CONSTRAINT ck_lot_mark_mark CHECK (mark IN ('recalled', 'cleared')),
	at BIGINT NOT NULL,
	CONSTRAINT pk_lot_mark PRIMARY KEY (document, lot),
	CONSTRAINT fk_lot_mark_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_lot_mark_lot FOREIGN KEY(lot) REFERENCES lot (id)
)
-- next
CREATE INDEX ix_lot_mark_lot ON lot_mark (lot)
-- next
CREATE TABLE balance (
	location BIGINT NOT NULL,
	lot BIGINT NOT NULL,
	sign BIGINT NOT NULL,
	units BIGINT NOT NULL,
	last_at BIGINT NOT NULL,
	CONSTRAINT pk_balance PRIMARY KEY (location, lot),
	CONSTRAINT ck_balance_never_negative CHECK (units * sign BETWEEN 0 AND 1000000000000000000),
	CONSTRAINT fk_balance_location FOREIGN KEY(location) REFERENCES location (id),
	CONSTRAINT fk_balance_lot FOREIGN KEY(lot) REFERENCES lot (id)
)
-- next
CREATE INDEX ix_balance_lot ON balance (lot)
-- next
CREATE TABLE open_exception (
	document BIGINT NOT NULL,
	explained_by BIGINT,
	CONSTRAINT pk_open_exception PRIMARY KEY (document),
	CONSTRAINT fk_open_exception_document FOREIGN KEY(document) REFERENCES document (id),
	CONSTRAINT fk_open_exception_explained_by FOREIGN KEY(explained_by) REFERENCES document (id)
)
-- next
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'the ledger is written once: reverse the document instead'; END $$
-- next
CREATE TRIGGER never_change_document BEFORE UPDATE OR DELETE ON document FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_document BEFORE TRUNCATE ON document FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_move BEFORE UPDATE OR DELETE ON move FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_move BEFORE TRUNCATE ON move FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_counted BEFORE UPDATE OR DELETE ON counted FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_counted BEFORE TRUNCATE ON counted FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_lot_mark BEFORE UPDATE OR DELETE ON lot_mark FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_lot_mark BEFORE TRUNCATE ON lot_mark FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_version BEFORE UPDATE OR DELETE ON version FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_version BEFORE TRUNCATE ON version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_leaf BEFORE UPDATE OR DELETE ON leaf FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_leaf BEFORE TRUNCATE ON leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_tree_tile BEFORE UPDATE OR DELETE ON tree_tile FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_tree_tile BEFORE TRUNCATE ON tree_tile FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_tree_head BEFORE UPDATE OR DELETE ON tree_head FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_tree_head BEFORE TRUNCATE ON tree_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_policy BEFORE UPDATE OR DELETE ON policy FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_policy BEFORE TRUNCATE ON policy FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_plan_event BEFORE UPDATE OR DELETE ON plan_event FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_plan_event BEFORE TRUNCATE ON plan_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_plan_override BEFORE UPDATE OR DELETE ON plan_override FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_plan_override BEFORE TRUNCATE ON plan_override FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_purchase_order BEFORE UPDATE OR DELETE ON purchase_order FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_purchase_order BEFORE TRUNCATE ON purchase_order FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_purchase_line BEFORE UPDATE OR DELETE ON purchase_line FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_purchase_line BEFORE TRUNCATE ON purchase_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_purchase_event BEFORE UPDATE OR DELETE ON purchase_event FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_purchase_event BEFORE TRUNCATE ON purchase_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_purchase_receipt BEFORE UPDATE OR DELETE ON purchase_receipt FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_purchase_receipt BEFORE TRUNCATE ON purchase_receipt FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_cosignature BEFORE UPDATE OR DELETE ON cosignature FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_cosignature BEFORE TRUNCATE ON cosignature FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_finding_event BEFORE UPDATE OR DELETE ON finding_event FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_finding_event BEFORE TRUNCATE ON finding_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_change_countersignature BEFORE UPDATE OR DELETE ON countersignature FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER never_truncate_countersignature BEFORE TRUNCATE ON countersignature FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION refuse_own_approval() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN IF NEW.event = 'approved' AND (NEW.actor <> 'local' OR EXISTS (SELECT 1 FROM public.person)) AND ( EXISTS (SELECT 1 FROM public.plan WHERE id = NEW.plan AND drafted_by = NEW.actor) OR EXISTS (SELECT 1 FROM public.plan_override WHERE plan = NEW.plan AND actor = NEW.actor) ) THEN RAISE EXCEPTION 'a plan is approved by a person who neither drafted nor overrode it'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER approved_by_another BEFORE INSERT ON plan_event FOR EACH ROW EXECUTE FUNCTION refuse_own_approval()
-- next
CREATE FUNCTION refuse_own_signature() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN IF NOT EXISTS ( SELECT 1 FROM public.document WHERE id = NEW.document AND type = 'emergency' AND actor <> NEW.actor ) THEN RAISE EXCEPTION 'an emergency issue is countersigned by a person who did not post it'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER signed_by_another BEFORE INSERT ON countersignature FOR EACH ROW EXECUTE FUNCTION refuse_own_signature()
-- next
CREATE FUNCTION refuse_own_closing() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN IF NEW.event IN ('accepted', 'closed') AND EXISTS ( SELECT 1 FROM public.finding_event AS opened WHERE opened.id = (SELECT MAX(id) FROM public.finding_event WHERE finding = NEW.finding AND event = 'opened') AND (opened.actor = NEW.actor OR opened.owner = NEW.actor) AND ( NEW.event = 'closed' OR opened.id = (SELECT MAX(id) FROM public.finding_event WHERE finding = NEW.finding) ) ) THEN RAISE EXCEPTION 'a finding is closed by a person who neither opened it nor was to mend it'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER closed_by_another BEFORE INSERT ON finding_event FOR EACH ROW EXECUTE FUNCTION refuse_own_closing()
-- next
CREATE TRIGGER never_redraft_plan BEFORE UPDATE OF id, date, drafted_by, drafted_at, document, snapshot_digest, policy_digest, versions ON plan FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION public.post_document(
    p_key text, p_request_hash bytea, p_type text, p_site bigint, p_actor text, p_approver text, p_occurred_at bigint, p_recorded_at bigint, p_reason text, p_refers_to bigint, p_allocation text, p_shipment text, p_body text, p_body_hash bytea, p_leaves boolean, p_makes boolean, a_location bigint[], a_lot bigint[], a_item bigint[], a_sign bigint[], a_change bigint[], l_from int[], l_to int[], l_units bigint[], l_from_change bigint[], l_to_change bigint[],
    OUT outcome text, OUT number bigint, OUT held bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    accounts CONSTANT int := cardinality(a_location);
    found_hash bytea;
    units_ bigint;
    last_ bigint;
    high bigint;
    is_late boolean := false;
BEGIN
    outcome := 'posted';
    -- Whoever posts with the same key at this moment is waited for.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_key, 0));
    SELECT document.id, document.request_hash INTO number, found_hash
    FROM public.document WHERE document.idem_key = p_key;
    IF FOUND THEN
        outcome := CASE WHEN found_hash = p_request_hash THEN 'again' ELSE 'other' END;
        RETURN;
    END IF;

    -- Missing accounts are made before any is locked; both in ascending order.
    IF p_makes THEN
        INSERT INTO public.balance (location, lot, sign, units, last_at)
        SELECT new.location, new.lot, new.sign, 0, -4611686018427387904
        FROM unnest(a_location, a_lot, a_sign) AS new (location, lot, sign)
        WHERE NOT EXISTS (SELECT FROM public.balance AS b WHERE b.location = new.location AND b.lot = new.lot)
        ORDER BY new.location, new.lot
        ON CONFLICT (location, lot) DO NOTHING;
    END IF;
    FOR i IN 1..accounts LOOP
        SELECT b.units, b.last_at INTO units_, last_
        FROM public.balance AS b WHERE b.location = a_location[i] AND b.lot = a_lot[i] FOR UPDATE;
        IF NOT FOUND THEN
            outcome := 'careful';
            EXIT;
        END IF;
        held[i] := units_;
        IF last_ > p_occurred_at OR last_ = -4611686018427387904 THEN
            -- A later count keeps what it found: that takes counter-lines.
            IF EXISTS (
                SELECT FROM public.counted AS c
                WHERE c.location = a_location[i] AND c.item = a_item[i] AND c.at > p_occurred_at
            ) THEN
                outcome := 'careful';
                EXIT;
            END IF;
        END IF;
        IF last_ > p_occurred_at THEN
            is_late := true;
            IF a_change[i] * a_sign[i] < 0 THEN
                -- The most by which the account stands higher now than at the end of an instant from then on.
                SELECT max(later) INTO high FROM (
                    SELECT sum(own.units * a_sign[i]) OVER (ORDER BY own.at DESC) AS later FROM (
                        SELECT m.at, m.units FROM public.move AS m
                        WHERE m.lot = a_lot[i] AND m.to_location = a_location[i] AND m.at > p_occurred_at
                        UNION ALL
                        SELECT m.at, -m.units FROM public.move AS m
                        WHERE m.lot = a_lot[i] AND m.from_location = a_location[i] AND m.at > p_occurred_at
                    ) AS own
                ) AS sums;
                IF (units_ + a_change[i]) * a_sign[i] < greatest(high, 0) THEN
                    outcome := 'careful';
                    EXIT;
                END IF;
            END IF;
        END IF;
        IF (units_ + a_change[i]) * a_sign[i] < 0 THEN
            outcome := 'short';
        ELSIF (units_ + a_change[i]) * a_sign[i] > 1000000000000000000 AND outcome = 'posted' THEN
            outcome := 'full';
        END IF;
    END LOOP;
    IF outcome <> 'careful' AND p_leaves AND EXISTS (SELECT FROM public.lot_mark AS k WHERE k.lot = ANY (a_lot)) THEN
        outcome := 'careful';
    END IF;
    -- The earliest day that falls short says more than the balance of today.
    IF outcome <> 'posted' AND is_late THEN
        outcome := 'careful';
    END IF;
    IF outcome <> 'posted' THEN
        -- Locks alone were written, and nobody need wait until the disk has them.
        PERFORM set_config('synchronous_commit', 'off', true);
        IF p_makes THEN
            DELETE FROM public.balance AS b USING unnest(a_location, a_lot) AS own (location, lot)
            WHERE b.location = own.location AND b.lot = own.lot AND b.units = 0 AND b.last_at = -4611686018427387904;
        END IF;
        RETURN;
    END IF;

    INSERT INTO public.document AS d (
        idem_key, type, site, actor, approver, occurred_at, recorded_at, reason, refers_to,
        allocation, shipment, request_hash, body, body_hash
    ) VALUES (
        p_key, p_type, p_site, p_actor, p_approver, p_occurred_at,
        -- The clock may be set back; the order of documents may not.
        greatest(p_recorded_at, (SELECT l.recorded_at FROM public.document AS l ORDER BY l.id DESC LIMIT 1)),
        p_reason, p_refers_to, p_allocation, p_shipment, p_request_hash, p_body, p_body_hash
    ) RETURNING d.id INTO number;
    FOR i IN 1..accounts LOOP
        UPDATE public.balance AS b
        SET units = b.units + a_change[i], last_at = greatest(b.last_at, p_occurred_at)
        WHERE b.location = a_location[i] AND b.lot = a_lot[i];
    END LOOP;
    INSERT INTO public.move (document, line, from_location, to_location, lot, units, at, from_after, to_after)
    SELECT
        number, line.n - 1, a_location[line.f], a_location[line.t], a_lot[line.f], line.units, p_occurred_at,
        held[line.f] + line.from_change, held[line.t] + line.to_change
    FROM unnest(l_from, l_to, l_units, l_from_change, l_to_change)
        WITH ORDINALITY AS line (f, t, units, from_change, to_change, n);
    INSERT INTO public.pending_seal (kind, ref) VALUES ('document', number);
    held := NULL;
END $$
-- next
REVOKE ALL ON FUNCTION public.post_document(text, bytea, text, bigint, text, text, bigint, bigint, text, bigint, text, text, text, bytea, boolean, boolean, bigint[], bigint[], bigint[], bigint[], bigint[], int[], int[], bigint[], bigint[], bigint[]) FROM PUBLIC
