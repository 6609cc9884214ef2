"""Makes the data folder of the README: a server of 0.1.0 is told things and stopped in order."""
import json, os, subprocess, sys, threading, time, urllib.request, urllib.error, base64, shutil
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
OLD, DATA = sys.argv[1:]
assert not os.path.exists(DATA)
OPER='the-operators-key-of-the-tests-0123456789'
MASTER=base64.b64encode(bytes(range(32))).decode()
PORT=18421; RPORT=18422
answers={}
seen=[]
class H(BaseHTTPRequestHandler):
    protocol_version='HTTP/1.1'
    def log_message(self,*a): pass
    def do_POST(self):
        n=int(self.headers.get('content-length') or 0); body=self.rfile.read(n)
        seen.append((self.path,body))
        code=answers.get(self.path.split('?')[0],200)
        out=b'ok'
        self.send_response(code); self.send_header('content-length',str(len(out))); self.end_headers(); self.wfile.write(out)
srv=ThreadingHTTPServer(('127.0.0.1',RPORT),H); threading.Thread(target=srv.serve_forever,daemon=True).start()
env={k:v for k,v in os.environ.items() if not k.lower().endswith('_proxy')}
env.update(LANEHOOK_OPERATOR_KEY=OPER, LANEHOOK_MASTER_KEY=MASTER)
import atexit
p=subprocess.Popen([OLD,'serve','--dev','--data',DATA,'--listen',f'127.0.0.1:{PORT}'],env=env,stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL)
atexit.register(lambda: (p.poll() is None and p.kill()))
opener=urllib.request.build_opener(urllib.request.ProxyHandler({}))
def call(m,path,body=None,tenant=None,headers={},ok=(200,201,202,204)):
    r=urllib.request.Request(f'http://127.0.0.1:{PORT}/api/v1{path}',method=m,data=None if body is None else json.dumps(body).encode())
    r.add_header('authorization','Bearer '+OPER); r.add_header('content-type','application/json')
    if tenant: r.add_header('tenant',tenant)
    for k,v in headers.items(): r.add_header(k,v)
    try: a=opener.open(r,timeout=20)
    except urllib.error.HTTPError as e:
        print(m,path,e.code,e.read().decode()); sys.exit(1)
    t=a.read(); assert a.status in ok
    return json.loads(t) if t else None
for _ in range(100):
    try: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f'http://127.0.0.1:{PORT}/readyz',timeout=1); break
    except Exception: time.sleep(.1)
U=lambda n: f'http://127.0.0.1:{RPORT}/{n}'
SECRET='whsec_'+base64.b64encode(b'the-current-secret-of-tests-0001').decode()
OLDSEC='whsec_'+base64.b64encode(b'the-previous-secret-of-tests-000').decode()
# catalogue
call('PUT','/event-types/price.alert',{"title":"Price alert","description":"A price crossed a line","group":"market","versions":[{"version":1,"schema":{"type":"object","properties":{"symbol":{"type":"string"},"price":{"type":"number"}},"required":["symbol"]},"example":{"symbol":"AAPL","price":187.5}},{"version":2,"deprecated":False,"schema":{"type":"object","properties":{"symbol":{"type":"string"},"price":{"type":"number"},"at":{"type":"string"}},"required":["symbol"]}}]})
call('POST','/event-types',{"pack":"market"})
# tenants
call('POST','/tenants',{"id":"acme","name":"Acme Ltd."})
call('POST','/tenants',{"id":"gone","name":"Gone"})
call('PATCH','/tenants/acme',{"validation":"warn","enrichment":[{"field":"region","value":"eu"},{"field":"order.notional","expression":"data.price * data.quantity","event_types":["order.*"],"overwrite":True}]})
call('PATCH','/tenants/gone',{"validation":"off"})
call('POST','/webhooks',{"url":U('gone')},tenant='gone')
call('DELETE','/tenants/gone')
# keys
key1=call('POST','/api-keys',{"name":"backend","scopes":["events:write","events:read","webhooks:read","deliveries:read"],"rate_limit":{"limit":100,"per":"second"}},tenant='acme')
key2=call('POST','/api-keys',{"name":"expired long ago","scopes":["events:read"],"expires_at":"2099-01-01T00:00:00Z"})
# webhooks of default, one for each kind of setting
def hook(id,tenant=None,**s):
    s.setdefault('url',U(id)); s.setdefault('event_types',['none.'+id.replace('_','-')])
    return call('PUT','/webhooks/'+id,s,tenant=tenant)
hook('plain-settings',name='Plain',description='two\nlines',secret=SECRET,event_types=['test.event'])
hook('headers',headers={'X-Team':'blue','x-lower':'1','X-API-Key':'abcdef0123456789'},secret=SECRET,metadata={'desk':'rates','owner':'someone'},auth={'type':'bearer','token':'bearer-token-0123456789'},event_types=['test.headers'])
hook('basic',auth={'type':'basic','username':'user','password':'password-0123456789'},signing={'dialects':[{'type':'hub'},{'type':'plain'},{'type':'timestamped','header':'X-PT-Signature','separator':'.'}],'algorithm':'sha512'},secret='plain-secret-0123456789')
hook('own-header',auth={'type':'header','name':'X-Auth','value':'header-value-0123456789'},signing={'dialects':[]},secret=None)
hook('filtered',filter={'data':{'price':{'$gte':180},'symbol':{'$in':['AAPL','MSFT']}},'$or':[{'type':'test.filtered'},{'data':{'note':{'$regex':'^a'}}}]},event_types=['test.filtered','price.*'])
hook('assets',assets={'symbols':['aapl'],'sectors':['technology']},event_types=['test.assets'])
hook('template',payload={'type':'template','template':'{"text":{{ data.symbol|tojson }},"n":{{ data.n }}}','format':'json'},event_types=['test.template'])
hook('javascript',payload={'type':'javascript','code':'function transform(event) { return {n: event.data.n + 1, id: event.id}; }'},event_types=['test.javascript'])
hook('cloudevents',payload={'type':'cloudevents','mode':'binary','source':'/tests'},event_types=['test.cloudevents'])
hook('form',payload={'type':'form'},rate_limit={'limit':1000,'per':'minute'},max_concurrency=3,timeout='2500ms',event_types=['test.form'])
hook('data-only',payload={'type':'data'},retry={'initial':'2s','factor':1.5,'max':'1m','attempts':5},self_heal=True,disable_after=50)
hook('slack',platform='slack',url=U('services/T00000000/B00000000/abcdefghijklmnopqrstuvwx'),event_types=['test.slack'])
hook('ordered',ordering='key',retry={'schedule':['7d','7d','7d']},event_types=['test.ordered'],secret=SECRET)
hook('strict',ordering='strict',retry={'preset':'quick'},event_types=['test.strict'])
hook('batched',batch={'max_events':10,'max_wait':'0s','max_bytes':65536,'collapse':'data.symbol'},event_types=['test.batched'],secret=SECRET,retry={'schedule':['7d','7d','7d']})
hook('failing',retry={'preset':'none'},event_types=['test.failing'])
hook('retrying',retry={'schedule':['7d','7d','7d']},event_types=['test.retrying'],secret=SECRET)
hook('paused',status='paused',event_types=['test.paused'],secret=SECRET)
hook('disabled',status='disabled')
hook('rotated',secret=OLDSEC,event_types=['test.rotated'])
call('POST','/webhooks/rotated/secret/rotate',{'secret':SECRET,'grace':'30d'})
gen=call('POST','/webhooks',{'url':U('generated'),'event_types':['test.event'],'secret_type':'ed25519'})
hook('deleted',event_types=['test.deleted'])
hook('everything',tenant='acme',event_types=['*'],secret=SECRET)
answers['/failing']=500; answers['/retrying']=503; answers['/ordered']=500; answers['/batched']=500; answers['/gone410']=410
hook('gone',url=U('gone410'),event_types=['test.gone'])
# events
def pub(type,id=None,tenant=None,headers={},**e):
    e['type']=type; e.setdefault('data',{'n':1,'symbol':'AAPL','price':190,'sector':'Technology'})
    if id: e['id']=id
    return call('POST','/events',e,tenant=tenant,headers=headers)
for n in range(3): pub('test.event')
pub('test.event','caller-1',version=2,ordering_key='k1',correlation_id='corr-1',traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',timestamp='2026-01-02T03:04:05.678Z')
pub('test.event','caller-1',version=2,ordering_key='k1',correlation_id='corr-1',timestamp='2026-01-02T03:04:05.678Z')
pub('test.headers','h1'); pub('test.filtered','f1'); pub('test.assets','a1'); pub('test.template','t1'); pub('test.javascript','j1'); pub('test.cloudevents','c1'); pub('test.form','o1'); pub('test.slack','s1'); pub('test.rotated','r1'); pub('test.strict','st1'); pub('test.gone','g1')
pub('test.failing','failed-1'); pub('test.failing','failed-2')
pub('test.retrying','retry-1'); pub('test.retrying','retry-2')
for n in range(3): pub('test.ordered',f'ordered-{n}',ordering_key='a')
call('POST','/events',{'events':[{'type':'test.batched','id':f'batch-{n}','data':{'n':n,'symbol':f'S{n%3}'}} for n in range(6)]})
pub('test.deleted','before-the-end')
for n in range(4): pub('test.paused',f'paused-{n}',data={'n':n})
pub('test.paused','cancelled-1')
pub('nobody.wants','unwanted')
call('POST','/events',{'type':'test.event','data':{'idem':1}},headers={'Idempotency-Key':'idem-1'})
pub('order.placed','o-acme',tenant='acme',data={'price':2,'quantity':3,'order':{}})
pub('test.event','broadcast-1',tenant='*')
def status(id):
    d=call('GET',f'/events/{id}/deliveries')['data']; return [x['status'] for x in d]
def until(f):
    for _ in range(200):
        if f(): return
        time.sleep(.05)
    print('waited in vain'); sys.exit(1)
c=call('GET','/events/cancelled-1/deliveries')['data'][0]['id']
call('POST',f'/deliveries/{c}/cancel')
until(lambda: status('failed-1')==['failed'] and status('failed-2')==['failed'])
until(lambda: status('retry-1')==['retrying'] and status('retry-2')==['retrying'])
until(lambda: status('ordered-0')==['retrying'])
until(lambda: 'retrying' in [status(f'batch-{n}')[0] for n in range(6)])
for i in ('h1','f1','a1','t1','j1','c1','o1','s1','r1','st1','before-the-end'): until(lambda: set(status(i))=={'delivered'})
until(lambda: call('GET','/webhooks/gone')['status']=='disabled')
call('DELETE','/webhooks/deleted')
for w in ('retrying','ordered','batched'): call('PATCH','/webhooks/'+w,{'status':'paused'})
time.sleep(1)
summary={'operator_key':OPER,'master_key':MASTER,'secret':SECRET,'previous_secret':OLDSEC,'tenant_key':key1['key'],'generated_webhook':gen['id']}
st={}
for t in (None,'acme'):
    ds=[]; cur=''
    while True:
        pg=call('GET','/deliveries?limit=250'+cur,tenant=t); ds+=pg['data']
        if not pg.get('next_cursor'): break
        cur='&cursor='+pg['next_cursor']
    n={}
    for d in ds: n[d['status']]=n.get(d['status'],0)+1
    ev=call('GET','/events?limit=250',tenant=t)['data']
    wh=call('GET','/webhooks?limit=250',tenant=t)['data']
    st[t or 'default']={'deliveries':n,'events':len(ev),'webhooks':sorted(w['id'] for w in wh)}
summary['tenants']=st
summary['event_types']=len(call('GET','/event-types?limit=250')['data'])
json.dump(summary,open(os.path.join(DATA,'expected.json'),'w'),indent=2)
p.terminate(); p.wait(20)
